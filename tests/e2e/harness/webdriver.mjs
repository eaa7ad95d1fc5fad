// A WebDriver session: the commands of the standard that the tests need, by plain HTTP.

const TIME_LIMIT = 120_000;

/** Opens a session with the driver at an address, as soon as it listens; `capabilities` are asked for. */
export async function openSession(url, capabilities = {}) {
  const timeouts = { script: TIME_LIMIT, pageLoad: TIME_LIMIT };
  const asked = { capabilities: { alwaysMatch: { timeouts, ...capabilities } } };
  const { sessionId } = await command(`${url}session`, asked);
  return new Session(`${url}session/${sessionId}`);
}

/** Whether a driver listens there. */
export async function isReady(url) {
  const answer = await fetch(`${url}status`).catch(() => undefined);
  return (await answer?.json())?.value.ready === true;
}

class Session {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** A command with parameters, for instance `do("url", { url })`. */
  do(name, parameters = {}) {
    return command(`${this.#url}/${name}`, parameters);
  }

  /** The value, by way of JSON, of an expression in the page, or what its promise resolves to. */
  async evaluate(expression) {
    // As text, because drivers have no `undefined`, and send objects in ways of their own.
    const script = `
      const done = arguments[arguments.length - 1];
      const failed = (error) => done({ failed: String(error?.stack ? error + "\\n" + error.stack : error) });
      const evaluated = (value) => done({ json: JSON.stringify(value) });
      const evaluate = async () => (${expression});
      evaluate().then(evaluated).catch(failed);`;
    const { json, failed } = await this.do("execute/async", { script, args: [] });
    if (failed) throw new Error(failed);
    return json ? JSON.parse(json) : undefined;
  }

  /** Closes its windows. */
  close() {
    return command(this.#url, undefined, "DELETE");
  }
}

async function command(url, parameters, method = "POST") {
  const answer = await fetch(url, { method, body: parameters && JSON.stringify(parameters) });
  const { value } = await answer.json();
  if (!answer.ok)
    throw new Error(`${method} ${new URL(url).pathname}: ${value.error}: ${value.message}`);
  return value;
}
