/** What one judge says of a request. `code` is stable: `admission/host-network`, `role/none`, `decode/duplicate-key`. */
export interface Objection {
  readonly code: string;
  /** One sentence: what was asked, and by which field. */
  readonly message: string;
  /** What would pass. */
  readonly hint?: string;
  /** The document that decides, `restricted-apps` or `built-in`. */
  readonly policy: string;
  readonly mode: 'enforce' | 'warn' | 'audit';
}
