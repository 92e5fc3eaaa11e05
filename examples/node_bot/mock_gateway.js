// The mock gateway for suites on node:test: started once as a child process, or found at MOCK_GATEWAY_CONTROL.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The program. `command` is how mock-gateway is started; it ends when this process does. */
export async function start(command = process.env.MOCK_GATEWAY ?? "mock-gateway") {
  const running = process.env.MOCK_GATEWAY_CONTROL;
  if (running) return new Program(running);
  const child = spawn(command, ["serve", "--port", "0", "--json", "--until-stdin-closes"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ready = await firstLine(child, command);
  return new Program(JSON.parse(ready).control, child);
}

class Program {
  constructor(control, child) {
    this.control = control;
    this.child = child;
  }

  /** A gateway of its own, for one test, on this scenario or on that of the program: it stays out of every other. */
  async gateway(scenario) {
    return new Gateway(await tell(`${this.control}/gateways`, "POST", scenario));
  }

  /** Ends the program, if it was started here, and resolves to its exit status. */
  async stop() {
    if (!this.child) return 0;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    return ended;
  }
}

class Gateway {
  constructor({ url, control }) {
    this.url = url;
    this.control = control;
  }

  /** Say more: a scenario after what was said before. */
  script(scenario) {
    return tell(`${this.control}/script`, "POST", scenario);
  }

  advance(amounts) {
    return tell(`${this.control}/clock`, "POST", amounts);
  }

  async calls() {
    return (await tell(`${this.control}/calls`)).calls;
  }

  async logs() {
    return (await tell(`${this.control}/logs`)).logs;
  }

  /** Be done with it, and fail for what the test did not reckon with. */
  async end() {
    const { findings } = await tell(this.control, "DELETE");
    if (findings.length) throw new Error(findings.map(({ kind, text }) => `${kind}: ${text}`).join("\n\n"));
  }
}

async function tell(url, method = "GET", data = undefined) {
  const response = await fetch(url, { method, body: data === undefined ? undefined : JSON.stringify(data) });
  const told = await response.json();
  if (!response.ok) throw new Error(told.error.message);
  return told;
}

function firstLine(child, command) {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${command} cannot be started: ${error.message}`)));
    child.once("exit", (status) => reject(new Error(`${command} ended with status ${status} before it was ready`)));
    createInterface({ input: child.stdout }).once("line", resolve);
  });
}
