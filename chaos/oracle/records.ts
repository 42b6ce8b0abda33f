/** A change that was written to at least one live socket. */
export interface SentChange {
  /** The contact centre's number: they grow. */
  readonly change: number;
  readonly conversationId: string;
  /** What the frames carry as `metadata.CorrelationId`: one for each change, whatever the topic. */
  readonly correlationId: string;
  /** Hash of the body: repetitions have the same one. */
  readonly digest: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly channels: ReadonlySet<string>;
}

/** An event about a conversation, as the bus took it or as it lies parked. */
export interface SeenEvent {
  readonly eventId: string;
  readonly sequence: string;
  /** `conversation.version`. */
  readonly version: number;
  /** Whether it says that what came before of its conversation is not known: versions may begin anew. */
  readonly beginsAnew: boolean;
  readonly conversationId: string;
  /** Absent in what was asked for by REST. */
  readonly correlationId: string | undefined;
  /** Undefined when the body could not be read: it was to lie elsewhere, and doesn't. */
  readonly digest: string | undefined;
  /** `stateOf` the body, of the conversation's last event by sequence only; undefined when that could not be read. */
  readonly state: string | undefined;
  readonly backfilled: boolean;
  /**
   * `live`: taken by the bus. `parked`: in a parking file. `replayed`: taken by the bus when parked events were sent
   * again: the order of arrival does not count.
   */
  readonly way: 'live' | 'parked' | 'replayed';
  /** When the bus took it, or when it was read; milliseconds since the Unix epoch. */
  readonly at: number;
}

/** An event that lies parked, and why. */
export interface ParkedReason {
  /** The bridge's own word, e.g. `BufferFull`. */
  readonly code: string;
  /** By the clock of the listener, milliseconds since the Unix epoch. */
  readonly at: number;
  /** What was parked, in characters; a body that was to lie elsewhere counts. */
  readonly size: number;
}

/** A gap, as the bridge told of it on the bus. */
export interface SeenGap {
  readonly id: string;
  readonly reason: string;
  /** By the clock of the listener; milliseconds since the Unix epoch. */
  readonly from: number;
  /** Absent as long as the bridge has not said when it ended. */
  readonly until: number | undefined;
  readonly detectedAt: number;
  readonly closedAt: number | undefined;
}

/** Something that is no notification, put on a live socket: it has to be parked. */
export interface SentGarbage {
  /** A text that is in it, and nowhere else. */
  readonly marker: string;
  readonly at: number;
}

/** A fault that was played. */
export interface PlayedFault {
  readonly name: string;
  /** What was chosen: how long, whom. */
  readonly detail: string;
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  /** When it had healed. */
  readonly until: number;
  /** Whether frames that were sent meanwhile may be missing, as long as a gap tells of them. */
  readonly mayMiss: boolean;
  /** What was sent before may be missing, too, if the bus held it up; milliseconds since the Unix epoch. */
  readonly mayMissBefore?: number | undefined;
  /** Whether what was to be published had to wait meanwhile. */
  readonly holdsUpBus: boolean;
  /** Whether it had to because it was large, or found no place. */
  readonly fillsBuffer: boolean;
  /** Whether a listener read late what was sent meanwhile. */
  readonly standsStill: boolean;
  /** Whether calls failed or took long meanwhile, so that no connection could be made. */
  readonly hindersCalls: boolean;
  /** By how much it moved the listeners' clocks, milliseconds. */
  readonly clockShiftMs: number;
}

/** A listener that published, from `at` on; milliseconds since the Unix epoch. */
export interface Holder {
  readonly caller: string;
  readonly at: number;
}

/** Everything that is judged. */
export interface Evidence {
  readonly sent: readonly SentChange[];
  readonly events: readonly SeenEvent[];
  readonly gaps: readonly SeenGap[];
  readonly garbage: readonly SentGarbage[];
  /** Text of everything that lies parked as a frame. */
  readonly parkedFrames: readonly string[];
  /** Why each event was parked. */
  readonly parkedReasons: readonly ParkedReason[];
  readonly faults: readonly PlayedFault[];
  /** The true state in the end, `stateOf`, of each conversation that a subscribed topic tells of. */
  readonly truth: ReadonlyMap<string, string>;
  /** Each time that another listener than before published. */
  readonly holders: readonly Holder[];
}
