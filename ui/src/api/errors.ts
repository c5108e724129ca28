/** An RFC 9457 problem of the server as an error. `message` is a sentence that may be shown. */
export type Problem = { title?: string; status?: number; detail?: string; errors?: { location?: string; message?: string }[] };

export class ApiError extends Error {
  readonly status: number;
  readonly fields: { location: string; message: string }[];

  constructor(status: number, problem: Problem | undefined) {
    super(sentence(status, problem));
    this.name = "ApiError";
    this.status = status;
    this.fields = (problem?.errors ?? []).map((e) => ({ location: e.location ?? "", message: e.message ?? "" }));
  }
}

function sentence(status: number, problem: Problem | undefined): string {
  if (problem?.detail) return problem.detail;
  if (problem?.title) return problem.title;
  return `The server answered ${status}.`;
}
