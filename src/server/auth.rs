//! Who is asking: sessions and tokens, turned into an actor.
