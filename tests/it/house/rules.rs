//! The rules themselves: which floor may name which, and what else must not stand where.

use proc_macro2::TokenStream;
use syn::{Attribute, Block, Expr, ImplItemFn, ItemFn, ItemMod, Stmt, TraitItemFn, spanned::Spanned, visit::Visit};

use super::scan::{Found, scan};

/// A floor: its place, and the places in this crate it may name besides itself.
struct Floor(&'static str, &'static [&'static str]);

/// Longer places first: the first that fits a file is its floor.
const FLOORS: &[Floor] = &[
    Floor("protocol", &[]),
    Floor("client", &["protocol"]),
    Floor("api", &["protocol", "server::domain", "server::auth"]),
    Floor("app", &["protocol", "client", "api"]),
    Floor("server::tasks", &["server::domain::ports"]),
    Floor("server::config", &["protocol"]),
    Floor("server::clock", &["protocol", "server::domain::ports"]),
    Floor("server::ids", &["protocol", "server::domain::ports"]),
    Floor("server::domain", &["protocol"]),
    Floor("server::metrics", &["protocol", "server::domain::ports"]),
    Floor("server::store", &["protocol", "server::config", "server::domain", "server::tasks"]),
    Floor("server::realtime", &["protocol", "server::config", "server::domain", "server::tasks"]),
    Floor("server::jobs", &["protocol", "server::config", "server::domain", "server::tasks"]),
    Floor("server::media", &["protocol", "server::config", "server::domain", "server::tasks"]),
    Floor("server::demo", &["protocol", "server::domain"]),
    Floor("server::auth", &["protocol", "server::domain", "server::tasks"]),
    Floor(
        "server::upkeep",
        &["protocol", "server::clock", "server::config", "server::domain", "server::media", "server::store"],
    ),
    Floor(
        "server::http",
        &[
            "protocol",
            "client",
            "api",
            "app",
            "server::auth",
            "server::config",
            "server::domain",
            "server::media",
            "server::metrics",
            "server::realtime",
            "server::tasks",
        ],
    ),
    Floor("server::boot", &["protocol", "client", "api", "app", "server"]),
];

/// Crates that belong to certain floors: what they bring must not leave them.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["server::store"]),
    ("tar", &["server::upkeep"]),
    ("flate2", &["server::upkeep"]),
    // Server functions, and the browser's half of sessions, write cookies with its types.
    ("axum", &["server::http", "server::boot", "server::auth", "api"]),
    ("axum_extra", &["server::http"]),
    ("tower", &["server::http"]),
    ("tower_http", &["server::http"]),
    ("leptos_axum", &["server::http", "server::auth", "api"]),
    ("leptos", &["app", "api", "client", "server::http", "server::boot", "server::auth"]),
    ("leptos_meta", &["app", "server::http"]),
    ("leptos_router", &["app", "client", "server::http"]),
    ("jsonwebtoken", &["server::auth", "server::jobs::push"]),
    ("argon2", &["server::auth"]),
    ("zxcvbn", &["server::auth"]),
    ("governor", &["server::auth"]),
    ("image", &["server::demo", "server::media"]),
    ("object_store", &["server::media"]),
    ("rust_embed", &["server::http", "server::demo"]),
    ("clap", &["server::config"]),
    ("toml", &["server::config"]),
    ("lapin", &["server::jobs"]),
    ("prometheus_client", &["server::metrics"]),
    // Chance comes from ports; whoever makes secrets may draw it, who keeps many from coming at the same moment, and who
    // names a process.
    (
        "rand",
        &[
            "server::auth",
            "server::boot",
            "server::config",
            "server::http",
            "server::jobs",
            "server::realtime",
            "server::demo",
        ],
    ),
    ("gloo_net", &["client", "app"]),
    ("web_sys", &["client", "app"]),
];

/// The longest function body, in lines. One that is nothing but a `match` is a table, and as long as it must be.
const LINES_MAX: usize = 60;

/// The same for a component: its formatter spends a line on every attribute.
const COMPONENT_LINES_MAX: usize = 100;

/// Every rule that the file at `path` breaks, one sentence each.
pub fn violations(path: &str, text: &str) -> Vec<String> {
    let mut broken = names(path);
    if !text.starts_with("//!") {
        broken.push(format!("{path}:1 [head] opens with one sentence that says what it is (`//! …`)"));
    }
    let product = path.strip_prefix("src/");
    let Some(inside) = product else { return broken };
    let file = syn::parse_file(text).unwrap_or_else(|cause| panic!("{path}: {cause}"));
    let tokens: TokenStream = text.parse().unwrap();
    let module = module_of(inside);
    let found = scan(&module, tokens);
    broken.extend(floors(path, &module, &found));
    broken.extend(gates(path, &found));
    broken.extend(words(path, &module, &found));
    broken.extend(lengths(path, &file));
    broken
}

/// `server/domain/posts.rs` is the module `server::domain::posts`; `lib.rs` and `main.rs` are roots.
fn module_of(inside: &str) -> Vec<String> {
    let name = inside.trim_end_matches(".rs");
    if matches!(name, "lib" | "main") {
        return Vec::new();
    }
    name.split('/').map(str::to_owned).collect()
}

fn is_within(place: &str, module: &str) -> bool {
    module == place || module.strip_prefix(place).is_some_and(|rest| rest.starts_with("::"))
}

fn floor_of(module: &str) -> Option<&'static Floor> {
    FLOORS.iter().find(|Floor(place, _)| is_within(place, module))
}

/// The parents of floors (`lib.rs`, `main.rs`, `server.rs`) are on none, so they may name any.
fn floors(path: &str, module: &[String], found: &Found) -> Vec<String> {
    let Some(Floor(own, may_name)) = floor_of(&module.join("::")) else { return Vec::new() };
    let crossing = found.paths.iter().filter_map(|(target, line)| {
        let target = target.join("::");
        let allowed = is_within(own, &target) || may_name.iter().any(|place| is_within(place, &target));
        // What is on no floor is a parent's own: a macro, or an item at the root.
        let known = floor_of(&target).is_some() || is_within("server", &target) || target.is_empty();
        (known && !allowed).then(|| format!("{path}:{line} [floor] {own} must not name {target}"))
    });
    let mut broken: Vec<String> = crossing.collect();
    broken.dedup();
    broken
}

fn gates(path: &str, found: &Found) -> Vec<String> {
    if matches!(path, "src/lib.rs" | "src/main.rs") {
        return Vec::new();
    }
    let allowed = |derive: bool| derive && path.starts_with("src/protocol");
    let wrong = found.gates.iter().filter(|(derive, _)| !allowed(*derive));
    wrong
        .map(|(_, line)| format!("{path}:{line} [gate] conditions stand in lib.rs, main.rs and Cargo.toml only"))
        .collect()
}

/// SQL, crates and queues.
fn words(path: &str, module: &[String], found: &Found) -> Vec<String> {
    let module = module.join("::");
    let mut broken = Vec::new();
    if !is_within("server::store", &module) {
        let sql = found.strings.iter().filter(|(text, _)| is_sql(text));
        broken.extend(sql.map(|(text, line)| format!("{path}:{line} [sql] belongs in server/store: {text:?}")));
    }
    let is_root = module.is_empty();
    for (name, line) in &found.outside {
        let home = CRATES.iter().find(|(krate, _)| krate == name);
        if let Some((krate, floors)) = home
            && !is_root
            && !floors.iter().any(|floor| is_within(floor, &module))
        {
            broken.push(format!("{path}:{line} [crate] {krate} stays in {}", floors.join(", ")));
        }
    }
    let unbounded = found.names.iter().filter(|(name, _)| matches!(name.as_str(), "unbounded" | "unbounded_channel"));
    broken.extend(unbounded.map(|(_, line)| format!("{path}:{line} [queue] every queue has a bound")));
    broken
}

fn is_sql(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().take(4).map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["SELECT" | "PRAGMA" | "WITH", _, ..] => true,
        [first, second, ..] if same(first, "insert") && same(second, "into") => true,
        ["DELETE", "FROM", ..] | ["CREATE", "TABLE" | "INDEX" | "UNIQUE", ..] | ["ALTER", "TABLE", ..] => true,
        ["UPDATE", _, "SET", ..] => true,
        _ => false,
    }
}

fn same(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

fn names(path: &str) -> Vec<String> {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    let empty_word = matches!(stem, "mod" | "util" | "utils" | "helper" | "helpers" | "common" | "manager" | "misc");
    empty_word.then(|| format!("{path}:1 [name] {stem} says nothing about what is inside")).into_iter().collect()
}

fn lengths(path: &str, file: &syn::File) -> Vec<String> {
    if path.ends_with("/tests.rs") {
        return Vec::new();
    }
    let mut visitor = Lengths { path, broken: Vec::new() };
    visitor.visit_file(file);
    visitor.broken
}

struct Lengths<'a> {
    path: &'a str,
    broken: Vec<String>,
}

impl Lengths<'_> {
    fn measure(&mut self, name: &syn::Ident, attributes: &[Attribute], body: &Block) {
        let is_table = matches!(body.stmts.as_slice(), [Stmt::Expr(Expr::Match(_), None)]);
        let is_component = attributes.iter().any(|attribute| attribute.path().is_ident("component"));
        let most = if is_component { COMPONENT_LINES_MAX } else { LINES_MAX };
        let (first, last) = (body.span().start().line, body.span().end().line);
        let lines = last - first + 1;
        if lines > most && !is_table {
            self.broken.push(format!("{}:{first} [length] {name} has {lines} lines; {most} at most", self.path));
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
    })
}

impl<'ast> Visit<'ast> for Lengths<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig.ident, &function.attrs, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig.ident, &function.attrs, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig.ident, &function.attrs, body);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}
