import { useCallback, useEffect, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import { type Upload, uploadImport } from '../client/upload.ts';
import type { ImportRowFragment } from '../generated/documents.ts';

/** How a file is to be read. */
export type Reading = { assistant: string | null; dryRun: boolean };

export type Sending = { key: number; file: File; reading: Reading; progress: number; problem: string | null };

let nextKey = 1;

/** Files on their way to the gateway; `onSent` is called as each is there, and being read. */
export function useSending(onSent: (row: ImportRowFragment, file: File) => void) {
  const { apiKey } = useData();
  const [list, setList] = useState<readonly Sending[]>([]);
  const running = useRef(new Map<number, Upload<ImportRowFragment>>());
  const sent = useRef(onSent);
  sent.current = onSent;
  useEffect(() => {
    const uploads = running.current;
    return () => {
      for (const upload of uploads.values()) upload.cancel();
    };
  }, []);

  const send = useCallback(
    (file: File, reading: Reading) => {
      const key = nextKey++;
      const change = (next: Partial<Sending>) =>
        setList((now) => now.map((each) => (each.key === key ? { ...each, ...next } : each)));
      setList((now) => [...now, { key, file, reading, progress: 0, problem: null }]);
      const upload = uploadImport(reading, { apiKey, file, onProgress: (progress) => change({ progress }) });
      running.current.set(key, upload);
      void upload.done.then((outcome) => {
        running.current.delete(key);
        if ('problem' in outcome) {
          change(outcome);
          return;
        }
        setList((now) => now.filter((each) => each.key !== key));
        sent.current(outcome.value, file);
      });
    },
    [apiKey],
  );
  /** Cancels it, or puts it away where it failed. */
  const drop = useCallback((key: number) => {
    running.current.get(key)?.cancel();
    setList((now) => now.filter((each) => each.key !== key));
  }, []);
  return { list, send, drop };
}
