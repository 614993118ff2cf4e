// Clients of every dialect, and people in browsers, around one conversation and one post: all see the same things.
import { test } from "../parts/clients";
import { clientsSeeTheSame, peopleAndClientsSeeTheSame } from "../parts/everyone";

test("S0.8 S3.34 clients of every dialect see the same messages, counts, receipts and people", clientsSeeTheSame);

test("S0.4 S3.34 people in browsers and clients of every dialect see the same conversation and the same counts", peopleAndClientsSeeTheSame);
