import { type DragEvent, useState } from 'react';

/** Takes files that are dropped on what has `target`'s handlers; while some are held above it, `isDropping`. */
export function useFileDrop(isWanted: boolean, onFiles: (files: readonly File[]) => void) {
  const [isDropping, setIsDropping] = useState(false);
  return {
    isDropping,
    target: {
      onDragOver: (event: DragEvent) => {
        if (!isWanted || !event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setIsDropping(true);
      },
      onDragLeave: (event: DragEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsDropping(false);
      },
      onDrop: (event: DragEvent) => {
        if (!isWanted) return;
        event.preventDefault();
        setIsDropping(false);
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}
