// What Lambda does to a function: loads it, calls its handler with what an invocation brings, and counts what it throws. The clock of
// an invocation is Lambda's own, so no fault moves it.
import { pathToFileURL } from 'node:url';

const [, , program] = process.argv;
const { handler } = await import(pathToFileURL(program).href);
const endsAt = performance.now() + Number(process.env.CHAOS_INVOCATION_MS);
const context = { getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()) };
await handler({ taskToken: process.env.CHAOS_TASK_TOKEN }, context);
// What the handler has left open stands still with its environment, and is as good as gone.
process.exit(0);
