// People of the tests: made over REST, which is quick, and signed in by the cookies a browser would have.
import type { BrowserContext } from "@playwright/test";

export interface Person {
  id: string;
  username: string;
  fullName: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
}

export const PASSWORD = "four walls and a kettle";

let made = 0;

// A username that no other test has: the process and a count.
export function freshName(stem: string): string {
  made += 1;
  return `${stem.slice(0, 14)}${process.pid}x${made}`;
}

export class Api {
  constructor(private readonly url: string) {}

  async send<T>(method: string, path: string, token?: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(this.url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async join(stem = "ana", fullName = "Ana Ferreira"): Promise<Person> {
    const username = freshName(stem);
    const person = { email: `${username}@example.org`, username, full_name: fullName, password: PASSWORD };
    return this.signedIn(person, await this.send<SignedIn>("POST", "/api/auth/register", undefined, person));
  }

  // A session of its own, as on another device.
  async signIn(person: Person): Promise<Person> {
    const { username, password } = person;
    const answer = await this.send<SignedIn>("POST", "/api/auth/login", undefined, { login: username, password });
    return { ...person, token: answer.access_token, refreshToken: answer.refresh_token };
  }

  private signedIn(form: { email: string; username: string; full_name: string; password: string }, answer: SignedIn): Person {
    const { email, username, full_name: fullName, password } = form;
    return { id: answer.user.id, email, username, fullName, password, token: answer.access_token, refreshToken: answer.refresh_token };
  }

  post(by: Person, content: string, more: object = {}): Promise<Post> {
    return this.send("POST", "/api/posts", by.token, { content, ...more });
  }

  async comment(by: Person, post: Post, content: string, parent?: string): Promise<Comment> {
    const answer = await this.send<{ comment: Comment }>("POST", `/api/posts/${post.id}/comment`, by.token, { content, parent_id: parent });
    return answer.comment;
  }

  postJob(by: Person, title: string, more: object = {}): Promise<Job> {
    return this.send("POST", "/api/jobs", by.token, { title, place: "Lisbon", content: "Ask about the kiln.", ...more });
  }

  apply(by: Person, job: Job, note: string): Promise<Application> {
    return this.send("POST", `/api/jobs/${job.job_id}/applications`, by.token, { note });
  }

  move(by: Person, application: Application, stage: string): Promise<unknown> {
    return this.send("PATCH", `/api/applications/${application.application_id}`, by.token, { stage });
  }

  like(by: Person, post: Post): Promise<unknown> {
    return this.send("PUT", `/api/posts/${post.id}/like`, by.token);
  }

  unlike(by: Person, post: Post): Promise<unknown> {
    return this.send("DELETE", `/api/posts/${post.id}/like`, by.token);
  }

  edit(by: Person, post: Post, content: string): Promise<Post> {
    return this.send("PATCH", `/api/posts/${post.id}`, by.token, { content });
  }

  delete(by: Person, post: Post): Promise<unknown> {
    return this.send("DELETE", `/api/posts/${post.id}`, by.token);
  }

  // Two people who follow each other: no stranger's first message is held back.
  async befriend(one: Person, other: Person): Promise<void> {
    await this.follow(one, other);
    await this.follow(other, one);
  }

  begin(by: Person, others: Person[], title?: string): Promise<Conversation> {
    return this.send("POST", "/api/conversations", by.token, { member_ids: others.map((one) => one.id), title });
  }

  say(by: Person, where: Conversation, content: string, more: object = {}): Promise<Message> {
    return this.send("POST", `/api/conversations/${where.conversation_id}/messages`, by.token, { content, ...more });
  }

  // Asks to connect, or accepts where the other one asked.
  ask(by: Person, whom: Person): Promise<unknown> {
    return this.send("PUT", `/api/connections/${whom.id}`, by.token);
  }

  announce(by: Person, title: string, more: object = {}): Promise<{ announcement_id: string }> {
    return this.send("POST", "/api/admin/announcements", by.token, { title, content: "The floor dries.", ...more });
  }

  // The documented toggle; called once it follows.
  follow(by: Person, whom: Person): Promise<unknown> {
    return this.send("POST", `/api/users/follow/${whom.id}`, by.token);
  }
}

interface SignedIn {
  user: { id: string };
  access_token: string;
  refresh_token: string;
}

export interface Post {
  id: string;
  content: string;
  like_count: number;
  comment_count: number;
}

export interface Conversation {
  conversation_id: string;
}

export interface Message {
  message_id: string;
  seq: number;
}

export interface Comment {
  id: string;
  content: string;
}

export async function takeCookies(context: BrowserContext, url: string, person: Person): Promise<void> {
  const cookie = (name: string, value: string) => ({ name, value, url, httpOnly: true, sameSite: "Lax" as const });
  await context.addCookies([cookie("hubbub_access", person.token), cookie("hubbub_refresh", person.refreshToken)]);
}

export interface Job {
  job_id: string;
}

export interface Application {
  application_id: string;
}
