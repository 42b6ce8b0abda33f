import type { Tracer } from '@aws-lambda-powertools/tracer';

/** Runs a step as a part of the invocation's trace that can be found by its annotations. */
export async function traced<Result>(
  tracer: Tracer,
  name: string,
  annotations: Readonly<Record<string, string | undefined>>,
  step: () => Promise<Result>,
): Promise<Result> {
  const parent = tracer.getSegment();
  const subsegment = parent?.addNewSubsegment(name);
  if (subsegment !== undefined) tracer.setSegment(subsegment);
  tracer.addServiceNameAnnotation();
  for (const [key, value] of Object.entries(annotations)) {
    if (value !== undefined) tracer.putAnnotation(key, value);
  }
  try {
    return await step();
  } catch (error) {
    subsegment?.addErrorFlag();
    throw error;
  } finally {
    subsegment?.close();
    if (parent !== undefined) tracer.setSegment(parent);
  }
}
