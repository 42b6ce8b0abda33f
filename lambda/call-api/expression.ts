import { JMESPathError, JMESPathTypeError, search } from '@aws-lambda-powertools/jmespath';
import type { JsonObject } from './event.ts';

/** What a JMESPath expression finds in an event; null when there is nothing. */
export function find(expression: string, event: JsonObject): unknown {
  return search(expression, event);
}

/** What is wrong with an expression in itself, whatever the event; undefined when nothing is. */
export function expressionProblem(expression: string): string | undefined {
  try {
    search(expression, {});
    return undefined;
  } catch (error) {
    // A function that was given nothing complains of a type: with a real event it may get what it wants.
    if (error instanceof JMESPathTypeError) return undefined;
    if (error instanceof JMESPathError) return `"${expression}" is no JMESPath expression: ${error.message}`;
    throw error;
  }
}
