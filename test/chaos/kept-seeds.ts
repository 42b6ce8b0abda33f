/** Campaigns that once failed, and what was wrong with the listener then. Each is played as a test. */
export const KEPT_SEEDS: readonly { readonly why: string; readonly args: readonly string[] }[] = [
  {
    why: 'a repetition was taken for the last event of a predecessor, though it came seconds after that',
    args: ['--seconds', '20', '--seed', '1', '--fault', 'freeze', '--standby'],
  },
];
