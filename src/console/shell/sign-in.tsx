import { type FormEvent, useState } from 'react';
import { checkKey } from '../client/check-key.ts';
import { apiNames } from '../client/names.ts';
import { findDemoKey, signIn, useSession } from '../client/session.ts';
import { Field } from '../ui/field.tsx';
import { Logo } from './logo.tsx';

/** Takes a key, tries it, and keeps it for the tab, or longer where that is asked for. */
export function SignIn() {
  const { reason } = useSession();
  const [key, setKey] = useState('');
  const [isRemembered, setIsRemembered] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const demoKey = findDemoKey();

  const enter = async (apiKey: string) => {
    setIsBusy(true);
    setWrong(null);
    const problem = await checkKey(apiKey);
    setIsBusy(false);
    if (problem === null) signIn(apiKey, isRemembered);
    else setWrong(problem);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const given = key.trim();
    if (given === '') setWrong('Enter a key: it begins with ak_.');
    else void enter(given);
  };

  return (
    <main className="sign-in">
      <div className="card stack">
        <div className="brand">
          <Logo size={36} />
          <div>
            <h1>convograph</h1>
            <p className="muted small">Conversations of {apiNames('and')} in one inbox</p>
          </div>
        </div>
        {reason !== null && (
          <p className="notice warn" role="status">
            {reason}
          </p>
        )}
        {demoKey !== null && (
          <>
            <button type="button" className="button primary tall" disabled={isBusy} onClick={() => void enter(demoKey)}>
              Look around with the demo’s key
            </button>
            <p className="or">
              <span>or</span>
            </p>
          </>
        )}
        <form className="stack" onSubmit={onSubmit}>
          <Field
            label="API key"
            name="key"
            type="password"
            autoComplete="current-password"
            placeholder="ak_…"
            spellCheck={false}
            value={key}
            onChange={(event) => setKey(event.target.value)}
            wrong={wrong ?? undefined}
            hint="The first start prints one. Others are made under Keys."
          />
          <label className="check">
            <input type="checkbox" checked={isRemembered} onChange={(event) => setIsRemembered(event.target.checked)} />
            <span>
              Remember it on this device
              <span className="muted small block">Otherwise it is forgotten with this tab.</span>
            </span>
          </label>
          <button type="submit" className={`button tall ${demoKey === null ? 'primary' : ''}`} disabled={isBusy}>
            {isBusy ? 'Trying the key…' : 'Sign in'}
          </button>
        </form>
      </div>
      <p className="muted small">
        <a href="/graphql">GraphiQL</a> · <a href="/docs">REST APIs</a>
      </p>
    </main>
  );
}
