import { useCallback, useEffect, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import { type Upload, uploadAttachment } from '../client/upload.ts';
import { tell } from '../ui/toast.tsx';

export type Uploading = { key: number; name: string; progress: number; problem: string | null };

export type Uploads = {
  list: readonly Uploading[];
  add(files: readonly File[]): void;
  /** Cancels it, or puts it away where it failed. */
  drop(key: number): void;
};

let nextKey = 1;

/** Files on their way to a conversation; `onAdded` is called as each is there. */
export function useUploads(conversationId: string, onAdded: () => void): Uploads {
  const { apiKey } = useData();
  const [list, setList] = useState<readonly Uploading[]>([]);
  const running = useRef(new Map<number, Upload<null>>());
  const added = useRef(onAdded);
  added.current = onAdded;
  useEffect(() => {
    const uploads = running.current;
    return () => {
      for (const upload of uploads.values()) upload.cancel();
    };
  }, []);

  const change = useCallback((key: number, next: Partial<Uploading>) => {
    setList((now) => now.map((each) => (each.key === key ? { ...each, ...next } : each)));
  }, []);
  const add = useCallback(
    (files: readonly File[]) => {
      for (const file of files) {
        const key = nextKey++;
        setList((now) => [...now, { key, name: file.name, progress: 0, problem: null }]);
        const onProgress = (progress: number) => change(key, { progress });
        const upload = uploadAttachment(conversationId, { apiKey, file, onProgress });
        running.current.set(key, upload);
        void upload.done.then((outcome) => {
          running.current.delete(key);
          if ('problem' in outcome) {
            change(key, outcome);
            return;
          }
          setList((now) => now.filter((each) => each.key !== key));
          tell(`${file.name} is added`);
          added.current();
        });
      }
    },
    [apiKey, conversationId, change],
  );
  const drop = useCallback((key: number) => {
    running.current.get(key)?.cancel();
    setList((now) => now.filter((each) => each.key !== key));
  }, []);
  return { list, add, drop };
}
