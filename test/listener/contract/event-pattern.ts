/**
 * As much of EventBridge's pattern matching as the documented patterns use: exact values, `prefix`, `suffix`,
 * `anything-but` and `exists`. A pattern's members must all match; of its list of values one must;
 * an array in the event matches when one of its items does.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (!isObject(pattern)) throw new Error('A pattern is an object');
  return Object.entries(pattern).every(([name, rule]) => {
    const value = isObject(event) ? event[name] : undefined;
    return Array.isArray(rule) ? matchesAny(rule, value) : matchesNested(rule, value);
  });
}

function matchesNested(pattern: unknown, value: unknown): boolean {
  return Array.isArray(value)
    ? value.some((item) => matchesPattern(pattern, item))
    : matchesPattern(pattern, value);
}

function matchesAny(rules: readonly unknown[], value: unknown): boolean {
  const values = Array.isArray(value) ? value : [value];
  return rules.some((rule) => {
    if (isObject(rule) && 'exists' in rule)
      return rule['exists'] === values.some((each) => each !== undefined);
    return values.some((each) => matchesValue(rule, each));
  });
}

function matchesValue(rule: unknown, value: unknown): boolean {
  if (!isObject(rule)) return value === rule;
  const [[name, operand] = [], ...more] = Object.entries(rule);
  if (more.length > 0) throw new Error(`More than one condition in ${JSON.stringify(rule)}`);
  switch (name) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(String(operand));
    case 'suffix':
      return typeof value === 'string' && value.endsWith(String(operand));
    case 'anything-but':
      return value !== undefined && !(Array.isArray(operand) ? operand : [operand]).includes(value);
    default:
      throw new Error(`The condition ${String(name)} is not one that the documents use`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
