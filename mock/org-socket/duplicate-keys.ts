/** A string, with what it holds, or a mark that gives JSON its structure. */
const TOKEN = /"((?:[^"\\]|\\.)*)"|[{}[\]:]/g;

/**
 * The keys that an object has more than once, as paths such as `filter.entities`. A parser keeps the last of them
 * and says nothing, so they have to be looked for in the text.
 * @param json must be well formed
 */
export function duplicateKeys(json: string): string[] {
  const duplicates: string[] = [];
  const open: { readonly keys: Set<string>; readonly path: string; key: string }[] = [];
  let text = '';
  for (const [token, content] of json.matchAll(TOKEN)) {
    const object = open.at(-1);
    if (content !== undefined) {
      text = content;
    } else if (token === '{' || token === '[') {
      // An array has no keys, and adds nothing to the path.
      const path =
        object === undefined || object.key === '' ? (object?.path ?? '') : `${object.path}${object.key}.`;
      open.push({ keys: new Set(), path, key: '' });
    } else if (token === ':' && object) {
      // Escapes may write one key in two ways.
      object.key = String(JSON.parse(`"${text}"`));
      if (object.keys.has(object.key)) duplicates.push(`${object.path}${object.key}`);
      object.keys.add(object.key);
    } else {
      open.pop();
    }
  }
  return [...new Set(duplicates)];
}
