import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SigningKey } from '../protocols/discovery/sign.ts';
import { BadConfiguration, type Config } from './config.ts';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadConfiguration([
      `${name}="${path}" cannot be read: ${why}. Expected: the path of a PEM file.`,
    ]);
  }
}

function certificates(name: string, path: string): readonly string[] {
  const found = read(name, path).match(PEM) ?? [];
  try {
    for (const pem of found) new X509Certificate(pem);
  } catch {
    throw new BadConfiguration([`${name}="${path}" holds a certificate that cannot be read. Expected: PEM.`]);
  }
  return found;
}

/**
 * Reads what signs the profiles for Apple devices; null when nothing was set. Throws `BadConfiguration` when the files cannot
 * be read or do not belong together.
 */
export function readSigningKey(
  config: Pick<Config, 'profileCert' | 'profileKey' | 'profileChain'>,
): SigningKey | null {
  const { profileCert, profileKey, profileChain } = config;
  if (profileCert === null && profileKey === null) return null;
  if (profileCert === null || profileKey === null)
    throw new BadConfiguration(['PROFILE_CERT and PROFILE_KEY go together. Expected: both, or neither.']);
  const [certificate, ...more] = certificates('PROFILE_CERT', profileCert);
  if (certificate === undefined)
    throw new BadConfiguration([`PROFILE_CERT="${profileCert}" holds no certificate. Expected: PEM.`]);
  const key = read('PROFILE_KEY', profileKey);
  requirePair(certificate, key, profileKey);
  const chain = profileChain === null ? [] : certificates('PROFILE_CHAIN', profileChain);
  return { certificate, key, chain: [...more, ...chain] };
}

function requirePair(certificate: string, key: string, path: string): void {
  const bad = (what: string) => new BadConfiguration([`PROFILE_KEY="${path}" ${what}`]);
  try {
    const parsed = createPrivateKey(key);
    if (parsed.asymmetricKeyType !== 'rsa')
      throw bad('is no RSA key. Expected: an RSA key and its certificate.');
    if (!new X509Certificate(certificate).checkPrivateKey(parsed))
      throw bad('does not belong to PROFILE_CERT. Expected: the key the certificate was made for.');
  } catch (error) {
    if (error instanceof BadConfiguration) throw error;
    throw bad('cannot be read. Expected: a PEM file that is not encrypted.');
  }
}
