import { describe, expect, it } from 'vitest';
import { OWN_CODES, parkingPlace } from '../../../listener/publish/parking-place.ts';

const PASSING = [
  'AccessDenied',
  'AccessDeniedException',
  'ECONNRESET',
  'ExpiredTokenException',
  'Http403',
  'Http429',
  'Http503',
  'InternalFailure',
  'NobodyKnowsThisCode',
  'ResourceNotFoundException',
  'ThrottlingException',
  'TimeoutError',
  'UnknownError',
  'constructor',
];
const FOR_GOOD = [
  'Http413',
  'InvalidAccountIdException',
  'InvalidArgument',
  'MalformedDetail',
  'NotAuthorizedForDetailTypeException',
  'NotAuthorizedForSourceException',
  'RedactionFailure',
  'RequestEntityTooLarge',
  'SerializationException',
  'ValidationException',
];

describe('where an event is parked', () => {
  it.each(PASSING)('%s may pass', (code) => {
    expect(parkingPlace({ kind: 'event' }, { code })).toBe('parking');
  });

  it.each(FOR_GOOD)('%s is for good', (code) => {
    expect(parkingPlace({ kind: 'event' }, { code })).toBe('dead-letter');
  });

  it("knows the bridge's own codes: only one that can never be sent is for good", () => {
    const forGood = Object.keys(OWN_CODES).filter(
      (code) => parkingPlace({ kind: 'event' }, { code }) === 'dead-letter',
    );
    expect(forGood).toEqual(['EntryTooLarge']);
    for (const code of [
      'LeaseLost',
      'BufferFull',
      'Overdue',
      'DrainDeadline',
      'ShuttingDown',
      'PayloadNotStored',
    ])
      expect(OWN_CODES).toHaveProperty(code, 'parking');
  });

  it.each([...PASSING, ...FOR_GOOD, ...Object.keys(OWN_CODES)])(
    'a frame is for good, also with %s',
    (code) => {
      expect(parkingPlace({ kind: 'frame' }, { code })).toBe('dead-letter');
    },
  );
});
