// Verifies a certificate without Proofmark: node verify-certificate.mjs CERTIFICATE PUBLIC_KEY.pem [INSTANT]
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const [file, pem, at] = process.argv.slice(2);
const refuse = (why) => { console.error(`not valid: ${why}`); process.exit(1); };
const read = (bytes) => { try { return JSON.parse(bytes); } catch { return refuse("it is not JSON"); } };

// RFC 8785: members in the order of their UTF-16 code units, no white space; text and numbers as JSON.stringify writes them.
const member = ([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`;
const canonical = (value) => Array.isArray(value) ? `[${value.map(canonical)}]`
  : value !== null && typeof value === "object" ? `{${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(member)}}`
  : JSON.stringify(value);

const bytes = readFileSync(file);
const document = read(bytes);
if (document.format !== "proofmark.certificate" || document.version !== 1) refuse("it is no certificate of version 1");
if (!bytes.equals(Buffer.from(canonical(document) + "\n"))) refuse("its bytes are not the canonical form and one line break");

// Everything but the value of the signature is signed.
const { value, ...header } = document.signature;
const signature = Buffer.from(String(value), "base64url");
if (header.algorithm !== "Ed25519" || signature.toString("base64url") !== value) refuse("its signature is none");
const signed = Buffer.from(canonical({ ...document, signature: header }));
if (!verify(null, signed, createPublicKey(readFileSync(pem)), signature)) refuse("it was changed, or another key signed it");

const { endpoint, profile, issued, expires } = document.certificate;
const now = at ? new Date(at) : new Date();
if (!(now >= new Date(issued) && now < new Date(expires))) refuse(`it holds from ${issued} until ${expires}`);
console.log(`valid until ${expires}: ${endpoint.registered}, profile ${profile.name}`);
