/** What an `AudioBatcher` has to know of a socket of ours. It is here so that neither needs the other. */

export interface Below {
  /** It has a session. */
  readonly isNumbered: boolean;
  readonly native: WebSocket | undefined;
}

const links = new WeakMap<object, Below>();

export function setBelow(socket: object, below: Below): void {
  links.set(socket, below);
}

/** Nothing if the socket is not one of ours. */
export function below(socket: object): Below | undefined {
  return links.get(socket);
}
