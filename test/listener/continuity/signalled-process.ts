import '../../../listener/continuity/file-lease-store.ts';

// Ends in its own way at SIGTERM, as a listener does: later, and with a code of its own.
process.once('SIGTERM', () => {
  setTimeout(() => process.exit(7), 50);
});
setInterval(() => {}, 1_000);
process.send?.('ready');
