import type { Dispatcher } from 'undici';
import { EgressError } from './error.ts';

/** One outgoing call: its deadline, who may stop it, and how far it has come. */
export type Call = {
  /** Whether the current request has its socket. */
  isConnected: boolean;
  /** Whether a byte of any of its requests may have gone out. */
  isSent: boolean;
  signal: AbortSignal;
  /** Rejects with an EgressError at the deadline or when a signal fires. */
  aborted: Promise<never>;
  end: () => void;
};

export function startCall(deadlineMs: number, signals: (AbortSignal | undefined)[]): Call {
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const stop = (error: EgressError) => {
    reject(error);
    controller.abort(error);
  };
  const onAbort = () => stop(new EgressError('ABORTED', 'The call was given up by its caller'));
  const timer = setTimeout(() => {
    stop(new EgressError('TIMEOUT', `No whole answer came within ${deadlineMs} ms`));
  }, deadlineMs);
  for (const signal of signals) {
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  }
  const end = () => {
    clearTimeout(timer);
    for (const signal of signals) signal?.removeEventListener('abort', onAbort);
  };
  return { isConnected: false, isSent: false, signal: controller.signal, aborted, end };
}

/** undici tells a handler that its request starts right before the first byte is written to a connected socket. */
export function markStart(call: Call): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        handler.onRequestStart?.(controller, context);
        if (controller.aborted) return;
        call.isConnected = true;
        call.isSent = true;
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
}
