import { CAUSE_GROUPS, CAUSE_IDS, type CauseId, causeOf } from '../listener/diagnosis/causes.ts';

const INTRODUCTION = `# Why 1006?

1006 is never sent. It is what a client reports when the TCP connection ended with no close frame, so the code tells
nothing: the cause has to be found in what went before. \`conversation-bridge doctor\` looks there, step by step, and names
one of the causes below. This page is generated from the catalogue that it uses; in the order in which causes can be told
apart. One section: \`conversation-bridge doctor explain CAUSE\`.
`;

/** One cause as a section of Markdown. */
export function explainCause(id: CauseId): string {
  const { title, explanation, toldBy, fix, dialects } = causeOf(id);
  return [
    `### ${id}`,
    '',
    `**${title}.** ${explanation}`,
    '',
    `- Told by: ${toldBy}.`,
    `- Dialects: ${dialects.join(', ')}.`,
    '',
    'What to do:',
    '',
    ...fix.map((step, index) => `${index + 1}. ${step}`),
    '',
  ].join('\n');
}

/** Every cause with its title, a line each. */
export function listCauses(): string {
  const width = Math.max(...CAUSE_IDS.map((id) => id.length));
  return CAUSE_IDS.map((id) => `${id.padEnd(width)}  ${causeOf(id).title}\n`).join('');
}

/** The whole page. */
export function explainAll(): string {
  const sections = CAUSE_GROUPS.map((group, number) => {
    const ids = CAUSE_IDS.filter((id) => causeOf(id).group === group);
    return [`## ${number}. ${group}\n`, ...ids.map(explainCause)].join('\n');
  });
  return [INTRODUCTION, ...sections].join('\n');
}
