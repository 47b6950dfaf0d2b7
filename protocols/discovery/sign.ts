import forge from 'node-forge';

/** A certificate with its key, and the certificates between it and one that devices trust; all PEM. */
export interface SigningKey {
  readonly certificate: string;
  readonly key: string;
  readonly chain: readonly string[];
}

/** Signs text as CMS SignedData with the text inside, in DER (RFC 5652 §5): what devices show as "Verified". */
export function signProfile(text: string, by: SigningKey, signedUtc: number): Uint8Array {
  const message = forge.pkcs7.createSignedData();
  const { oids } = forge.pki;
  const certificate = forge.pki.certificateFromPem(by.certificate);
  message.content = forge.util.createBuffer(text, 'utf8');
  message.addCertificate(certificate);
  for (const pem of by.chain) message.addCertificate(forge.pki.certificateFromPem(pem));
  message.addSigner({
    key: forge.pki.privateKeyFromPem(by.key),
    certificate,
    digestAlgorithm: oids['sha256'] ?? '',
    // In the order of their encodings, as DER wants a SET OF (X.690 §11.6); the package does not sort.
    authenticatedAttributes: [
      { type: oids['contentType'] ?? '', value: oids['data'] ?? '' },
      { type: oids['signingTime'] ?? '', value: new Date(signedUtc * 1000).toISOString() },
      { type: oids['messageDigest'] ?? '' },
    ],
  });
  message.sign();
  return Buffer.from(forge.asn1.toDer(message.toAsn1()).getBytes(), 'binary');
}
