import { Select } from '@base-ui/react/select';
import { Check, ChevronDown } from '../generated/icons.tsx';
import { useLandmark } from './landmark.ts';

type ChoiceProps<Value extends string> = {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange(value: Value): void;
  isWide?: boolean;
};

/** One of a few. */
export function Choice<Value extends string>({ label, value, options, onChange, isWide = false }: ChoiceProps<Value>) {
  const landmark = useLandmark();
  return (
    <Select.Root items={options} value={value} onValueChange={(next) => next !== null && onChange(next as Value)}>
      <Select.Trigger
        ref={landmark.ref}
        className="button select"
        aria-label={label}
        style={isWide ? { width: '100%' } : undefined}
      >
        <Select.Value />
        <Select.Icon>
          <ChevronDown size={15} aria-hidden />
        </Select.Icon>
      </Select.Trigger>
      <Select.Portal container={landmark.container}>
        <Select.Positioner positionMethod="fixed" className="layer" sideOffset={4} alignItemWithTrigger={false}>
          <Select.Popup className="popup">
            {options.map((option) => (
              <Select.Item key={option.value} value={option.value} className="item">
                <span className="tick">
                  <Select.ItemIndicator>
                    <Check size={15} aria-hidden />
                  </Select.ItemIndicator>
                </span>
                <Select.ItemText>{option.label}</Select.ItemText>
              </Select.Item>
            ))}
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}
