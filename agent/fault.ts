/** A fault that keeps the agent from starting: a stable code and a sentence that says what to do. */
export class StartFault extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
