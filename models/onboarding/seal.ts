import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

// The grant is random enough to need no slow derivation; the label keeps the key apart from the stored hash.
const keyOf = (grant: string) => createHash('sha256').update(`seal\0${grant}`).digest();

/** Hides a secret from everybody but who has the grant; `nonce` is 12 random bytes. */
export function sealSecret(secret: string, grant: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(CIPHER, keyOf(grant), nonce);
  const hidden = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, hidden, cipher.getAuthTag()]).toString('base64url');
}

/** The secret again; null when this is not its grant. */
export function openSecret(sealed: string, grant: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < 12 + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, keyOf(grant), bytes.subarray(0, 12), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const open = [decipher.update(bytes.subarray(12, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(open).toString('utf8');
  } catch {
    return null;
  }
}
