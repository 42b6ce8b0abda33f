#!/usr/bin/env node
// The TypeScript sources run as they are: nothing to build, nothing stale.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./conversation-bridge.ts');
process.exitCode = await main(process.argv, process.env);
