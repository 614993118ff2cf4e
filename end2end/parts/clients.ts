// The test function of specs about other people's clients: programs and plain sockets that end with the test.
import { Program, python } from "./programs";
import { Plain } from "./plain";
import { Sockets } from "./sockets";
import { type Api, type Conversation, type Person } from "./people";
import { test as base } from "./test";

export interface Clients {
  sockets: Sockets;
  run: (command: string, words: string[], env?: Record<string, string>) => Program;
  // A program of end2end/python, or of another folder; objects among the words are its environment.
  py: (script: string, ...words: (string | Record<string, string>)[]) => Program;
  // A plain WebSocket to a path of the server.
  dial: (path: string) => Plain;
}

export const test = base.extend<Clients>({
  sockets: async ({ server }, use) => {
    const sockets = new Sockets(server.url);
    await use(sockets);
    sockets.close();
  },

  run: async ({}, use) => {
    const programs: Program[] = [];
    await use((command, words, env) => {
      const program = new Program(command, words, env);
      programs.push(program);
      return program;
    });
    for (const program of programs) await program.stop();
  },

  py: async ({ run }, use) => {
    await use((script, ...words) => {
      const path = script.includes("/") ? script : `end2end/python/${script}`;
      const env = words.filter((word) => typeof word === "object");
      return run(python(), [path, ...words.filter((word) => typeof word === "string")], Object.assign({}, ...env));
    });
  },

  dial: async ({ server }, use) => {
    const open: Plain[] = [];
    await use((path) => {
      const socket = new Plain(socketUrl(server.url) + path);
      open.push(socket);
      return socket;
    });
    for (const socket of open) socket.close();
  },
});

export const socketUrl = (url: string): string => url.replace(/^http/, "ws");

// A conversation of two who are connected, so that nothing waits to be accepted.
export async function conversation(api: Api, one: Person, other: Person): Promise<Conversation> {
  await api.ask(one, other);
  await api.ask(other, one);
  return api.begin(one, [other]);
}
