const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The same JSON Schema where every object with named fields refuses all others, also deep inside. Schemas that stand under
 * `properties` may have names like `type`; they are told from keywords by where they stand.
 */
export function strict(schema: object): object {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties' || key === 'patternProperties') copy[key] = eachStrict(value);
    else if (key === 'const' || key === 'enum' || key === 'default') copy[key] = value;
    else if (Array.isArray(value))
      copy[key] = value.map((one: unknown) => (isRecord(one) ? strict(one) : one));
    else copy[key] = isRecord(value) ? strict(value) : value;
  }
  if (isRecord(copy['properties']) && copy['additionalProperties'] === undefined)
    copy['additionalProperties'] = false;
  return copy;
}

function eachStrict(schemas: unknown): unknown {
  if (!isRecord(schemas)) return schemas;
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, isRecord(schema) ? strict(schema) : schema]),
  );
}
