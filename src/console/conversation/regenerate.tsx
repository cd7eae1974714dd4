import { Popover } from '@base-ui/react/popover';
import { useState } from 'react';
import { useMutation } from 'urql';
import { styleNames } from '../client/names.ts';
import { explainError, explainFailure } from '../client/words.ts';
import { RegenerateSummaryDocument, type SummaryStyle } from '../generated/documents.ts';
import { RefreshCw } from '../generated/icons.tsx';
import { useShortcut } from '../shell/shortcuts.ts';
import { Choice } from '../ui/choice.tsx';
import { Field } from '../ui/field.tsx';

const styles = (Object.keys(styleNames) as SummaryStyle[]).map((value) => ({ value, label: styleNames[value] }));
const languages = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'tr', 'uk', 'ar', 'hi', 'ja', 'ko', 'zh'];

type RegenerateProps = { conversationId: string; language: string; style: SummaryStyle; isBusy: boolean };

/** Has a new version made, in a language and a style. */
export function Regenerate({ conversationId, isBusy, ...before }: RegenerateProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [language, setLanguage] = useState(before.language);
  const [style, setStyle] = useState<SummaryStyle>(before.style);
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const [{ fetching }, regenerate] = useMutation(RegenerateSummaryDocument);
  useShortcut('r', () => setIsOpen(!isBusy));

  const run = async () => {
    setWrong(undefined);
    const { data, error } = await regenerate({ input: { conversationId, language: language.trim(), style } });
    const result = data?.regenerateSummary;
    if (result?.__typename === 'RegenerateSummaryPayload') setIsOpen(false);
    else if (result !== undefined) {
      const problem = explainFailure(result);
      setWrong(problem.fields['language'] ?? problem.message);
    } else if (error !== undefined) setWrong(explainError(error));
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={(open) => setIsOpen(open && !isBusy)}>
      {/* Not `disabled`: the focus comes back to it. */}
      <Popover.Trigger className="button" aria-disabled={isBusy}>
        <RefreshCw size={15} aria-hidden /> {isBusy ? 'Summarising…' : 'Summarise anew'}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="layer" sideOffset={6} align="end">
          <Popover.Popup className="popup padded">
            <form
              className="stack"
              style={{ width: '16rem' }}
              onSubmit={(event) => {
                event.preventDefault();
                void run();
              }}
            >
              <Popover.Title render={<h3>A new version</h3>} />
              <div className="field">
                <span className="label">Style</span>
                <Choice label="Style" value={style} options={styles} onChange={(next) => setStyle(next)} isWide />
              </div>
              <Field
                label="Language"
                hint="BCP 47: en, de, pt-BR"
                value={language}
                list="languages"
                onChange={(event) => setLanguage(event.target.value)}
                wrong={wrong}
              />
              <datalist id="languages">
                {languages.map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
              <button type="submit" className="button primary" disabled={fetching}>
                Summarise
              </button>
            </form>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
