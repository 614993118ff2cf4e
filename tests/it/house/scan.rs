//! Reads Rust as tokens: paths are then seen alike in `use` trees, expressions, types and inside macros such as `view!`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// What a file says that a rule may care about.
#[derive(Default)]
pub struct Found {
    /// Paths into this crate, from its root: `["server", "domain"]`. With the line.
    pub paths: Vec<(Vec<String>, usize)>,
    /// First names of paths that start neither at `crate` nor at `super`, and what follows them once.
    pub outside: Vec<(String, usize)>,
    /// Every name.
    pub names: Vec<(String, usize)>,
    /// Every string.
    pub strings: Vec<(String, usize)>,
    /// Conditions on features or targets; whether they only add an attribute.
    pub gates: Vec<(bool, usize)>,
}

/// Scans a file that is the module `module` (from the crate's root).
pub fn scan(module: &[String], tokens: TokenStream) -> Found {
    let mut found = Found::default();
    walk(module, tokens, false, &mut found);
    found
}

fn walk(module: &[String], tokens: TokenStream, attribute: bool, found: &mut Found) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(name) => at = name_at(module, &tokens, at, name, attribute, found),
            TokenTree::Group(group) => {
                walk(module, group.stream(), attribute, found);
                at += 1;
            }
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.strings.push((text.value(), literal.span().start().line));
                }
                at += 1;
            }
            TokenTree::Punct(_) => at += 1,
        }
    }
}

/// Looks at a name and what follows it; returns where to go on.
fn name_at(
    module: &[String],
    tokens: &[TokenTree],
    at: usize,
    name: &Ident,
    attribute: bool,
    found: &mut Found,
) -> usize {
    let line = name.span().start().line;
    let text = name.to_string();
    found.names.push((text.clone(), line));
    if text == "mod"
        && let (Some(TokenTree::Ident(inner)), Some(TokenTree::Group(body))) = (tokens.get(at + 1), tokens.get(at + 2))
        && body.delimiter() == Delimiter::Brace
    {
        let mut deeper = module.to_vec();
        deeper.push(inner.to_string());
        walk(&deeper, body.stream(), attribute, found);
        return at + 3;
    }
    // `pub(in crate::server)` says who may look, and names nothing.
    if text == "pub"
        && let Some(TokenTree::Group(group)) = tokens.get(at + 1)
        && group.delimiter() == Delimiter::Parenthesis
    {
        return at + 2;
    }
    if text == "cfg_attr" {
        if let Some(TokenTree::Group(body)) = tokens.get(at + 1) {
            walk(module, body.stream(), true, found);
        }
        return at + 2;
    }
    if matches!(text.as_str(), "feature" | "target_arch" | "target_family") && is_punct(tokens.get(at + 1), '=') {
        found.gates.push((attribute, line));
    }
    // The first name of a path, not one within it.
    if at >= 2 && is_colons(&tokens[at - 2..]) {
        return at + 1;
    }
    match text.as_str() {
        "crate" if is_colons(&tokens[at + 1..]) => follow(&[], tokens, at + 3, line, found),
        "self" if is_colons(&tokens[at + 1..]) => follow(module, tokens, at + 3, line, found),
        "super" if is_colons(&tokens[at + 1..]) => follow(parent(module), tokens, at + 3, line, found),
        _ => {
            if is_colons(&tokens[at + 1..]) {
                found.outside.push((text, line));
            }
            return at + 1;
        }
    }
    at + 1
}

/// Follows a path from `base` on, through further `super`s and into the groups of a `use` tree.
fn follow(base: &[String], tokens: &[TokenTree], at: usize, line: usize, found: &mut Found) {
    match tokens.get(at) {
        Some(TokenTree::Ident(name)) if name == "super" && is_colons(&tokens[at + 1..]) => {
            follow(parent(base), tokens, at + 3, line, found);
        }
        Some(TokenTree::Ident(name)) => {
            let mut longer = base.to_vec();
            if name != "self" && name != "super" {
                longer.push(name.to_string());
            }
            if is_colons(&tokens[at + 1..]) {
                follow(&longer, tokens, at + 3, line, found);
            } else {
                found.paths.push((longer, line));
            }
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => branch(base, group, line, found),
        // A glob, or the generics of a type: the path ends here.
        _ => found.paths.push((base.to_vec(), line)),
    }
}

/// Each branch of `{a, b::c, d::{e}}`.
fn branch(base: &[String], group: &Group, line: usize, found: &mut Found) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    for part in tokens.split(|token| is_punct(Some(token), ',')).filter(|part| !part.is_empty()) {
        follow(base, part, 0, line, found);
    }
}

fn parent(module: &[String]) -> &[String] {
    &module[..module.len().saturating_sub(1)]
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    is_punct(tokens.first(), ':') && is_punct(tokens.get(1), ':')
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}
