// Who is signed in. Tokens stay in memory: nothing that lives long is left behind in the browser or in an address.

export interface Session {
  userId: string;
  fullName: string;
}

interface Answer {
  user: { id: string; full_name: string };
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

let tokens: { access: string; refresh: string; endsAt: number } | null = null;
let session: Session | null = null;
let renewing: Promise<void> | null = null;

// A token about to end is renewed this long before.
const MARGIN_MS = 30_000;

export const currentSession = (): Session | null => session;

export async function signIn(login: string, password: string): Promise<Session> {
  const answer = await post("/api/auth/login", { login, password });
  session = { userId: answer.user.id, fullName: answer.user.full_name };
  return session;
}

export async function signOut(): Promise<void> {
  const token = await freshToken().catch(() => "");
  tokens = session = null;
  await fetch("/api/auth/logout", { method: "POST", headers: { authorization: `Bearer ${token}` } });
}

// A token that is valid now. Sockets ask for it each time they connect.
export async function freshToken(): Promise<string> {
  if (!tokens) throw new Error("Nobody is signed in.");
  if (tokens.endsAt - MARGIN_MS < Date.now()) await renew();
  return tokens.access;
}

// A refresh token works once, so whoever needs it at the same time shares one renewal.
export function renew(): Promise<void> {
  renewing ??= post("/api/auth/refresh", { refresh_token: tokens?.refresh })
    .then(() => undefined)
    .finally(() => (renewing = null));
  return renewing;
}

// Addresses end up in logs. What stands in a socket's is therefore no token but a ticket: it opens one, within half a minute.
export async function ticket(token?: string): Promise<string> {
  const headers = { authorization: `Bearer ${token ?? (await freshToken())}` };
  const answer = await fetch("/api/ws/ticket", { method: "POST", headers });
  if (!answer.ok) throw new Error(`No ticket: ${answer.status}`);
  return ((await answer.json()) as { ticket: string }).ticket;
}

export async function get<T>(path: string): Promise<T> {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${await freshToken()}` } });
  if (!answer.ok) throw new Error(((await answer.json()) as { message: string }).message);
  return answer.json() as Promise<T>;
}

async function post(path: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const told = (await answer.json()) as Answer & { message?: string };
  if (!answer.ok) throw new Error(told.message ?? "That did not work.");
  tokens = { access: told.access_token, refresh: told.refresh_token, endsAt: Date.now() + told.expires_in * 1_000 };
  return told;
}
