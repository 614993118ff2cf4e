//! Settings: precedence, what is accepted, and how a wrong one is reported.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use hubbub::server::config::{
    DatabaseUrl, PublicUrl, S3Url, SETTINGS, Settings, Source, Sources, private_folder, readme_table, secret_key,
};

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources::new([], pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn complaint(pairs: &[(&str, &str)]) -> String {
    Settings::resolve(&environment(pairs)).expect_err("must be refused").to_string()
}

#[test]
fn without_anything_the_defaults_hold() {
    let settings = Settings::resolve(&Sources::default()).unwrap();
    assert_eq!(settings.addr.to_string(), "127.0.0.1:10000");
    assert_eq!(settings.data_dir, Path::new("data"));
    assert_eq!(settings.public_url(settings.addr).origin(), "http://127.0.0.1:10000");
    assert!(settings.trusted_proxies.is_empty());
    assert_eq!(settings.limit_factor, 1.0);
    assert_eq!(settings.database_url, DatabaseUrl::Sqlite("data/hubbub.db".into()));
    assert!(settings.secret_key.is_none());
    assert_eq!(settings.log, "info");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "addr = \"127.0.0.1:1\"\nlimit_factor = 3\nlog = \"warn\"";
    let variables = [("HUBBUB_ADDR", "127.0.0.1:2"), ("HUBBUB_LIMIT_FACTOR", "2")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let sources = Sources::new([("addr", "127.0.0.1:3".to_owned())], variables);
    let sources = sources.with_file_text("hubbub.toml", file).unwrap();
    let settings = Settings::resolve(&sources).unwrap();
    assert_eq!((settings.addr.port(), settings.limit_factor, settings.log.as_str()), (3, 2.0, "warn"));
    let origins: Vec<Source> = settings.effective(&sources).into_iter().map(|row| row.source).collect();
    assert_eq!(origins[0], Source::Flag("addr"));
    assert_eq!(origins[1], Source::Default);
    assert_eq!(origins[4], Source::Environment("HUBBUB_LIMIT_FACTOR"));
    assert_eq!(origins[8], Source::File("hubbub.toml".to_owned()));
}

#[test]
fn an_empty_value_counts_as_unset() {
    let sources = environment(&[("HUBBUB_ADDR", ""), ("DATABASE_URL", " "), ("SECRET_KEY", "")]);
    let sources = sources.with_file_text("hubbub.toml", "addr = \"127.0.0.1:7\"").unwrap();
    let settings = Settings::resolve(&sources).unwrap();
    assert_eq!(settings.addr.port(), 7);
    assert!(settings.secret_key.is_none());
}

#[test]
fn a_wrong_value_is_named_with_its_source_and_what_is_accepted() {
    assert_eq!(
        complaint(&[("HUBBUB_ADDR", "localhost")]),
        "HUBBUB_ADDR (from the environment variable HUBBUB_ADDR) must be an IP address and a port, such as \
         127.0.0.1:10000, not \"localhost\"."
    );
    let wrong = [
        ("HUBBUB_PUBLIC_URL", "hubbub.example"),
        ("HUBBUB_PUBLIC_URL", "https://hubbub.example/path"),
        ("HUBBUB_PUBLIC_URL", "ftp://hubbub.example"),
        ("HUBBUB_TRUSTED_PROXIES", "10.0.0.0/8,nginx"),
        ("HUBBUB_LIMIT_FACTOR", "0"),
        ("HUBBUB_LIMIT_FACTOR", "-1"),
        ("HUBBUB_LIMIT_FACTOR", "inf"),
        ("HUBBUB_LIMIT_FACTOR", "fast"),
        ("DATABASE_URL", "mysql://host/database"),
        ("DATABASE_URL", "sqlite:"),
        ("REDIS_URL", "rediss://cache"),
        ("HUBBUB_LOG", "hubbub=loud=er"),
        ("HUBBUB_UPLOADS_SHARED", "perhaps"),
        ("S3_URL", "https://s3.example/files"),
        ("S3_URL", "https://key@s3.example/files"),
        ("S3_URL", "https://key:secret@s3.example"),
        ("S3_URL", "https://key:sec/ret@s3.example/files"),
        ("S3_URL", "https://key:secret@s3.example/files?public=yes"),
        ("S3_URL", "s3://key:secret@s3.example/files"),
    ];
    for (name, value) in wrong {
        let text = complaint(&[(name, value)]);
        assert!(text.starts_with(&format!("{name} (from ")) && text.contains("must be"), "{text}");
        assert_eq!(text.matches(['.', '\n']).filter(|end| *end == "\n").count(), 0, "one sentence: {text}");
    }
}

#[test]
fn a_secret_is_never_repeated() {
    let text = complaint(&[("SECRET_KEY", "hush-hush")]);
    assert!(text.contains("SECRET_KEY") && !text.contains("hush-hush"), "{text}");
    let sources = environment(&[
        ("SECRET_KEY", "hush-hush-hush-hush-hush-hush-hush-hush"),
        ("DATABASE_URL", "postgres://ada:swordfish@db/hubbub?password=swordfish"),
        ("REDIS_URL", "redis://ada:swordfish@cache:6379"),
        ("S3_URL", "https://ada:swordfish@s3.example/files/ours?region=eu-central-1"),
    ]);
    let settings = Settings::resolve(&sources).unwrap();
    let shown = format!("{settings:?} {:?}", settings.effective(&sources));
    assert!(!shown.contains("hush") && !shown.contains("swordfish"), "{shown}");
    assert!(shown.contains("postgres://ada:***@db/hubbub"), "{shown}");
    assert!(shown.contains("https://s3.example/files/ours"), "{shown}");
}

#[test]
fn an_unknown_or_broken_settings_file_is_refused_by_name() {
    let unknown = Sources::default().with_file_text("hubbub.toml", "adress = \"127.0.0.1:1\"").unwrap_err().to_string();
    assert!(unknown.contains("`adress` in hubbub.toml") && unknown.contains("addr"), "{unknown}");
    let broken = Sources::default().with_file_text("hubbub.toml", "addr = ").unwrap_err().to_string();
    assert!(broken.contains("hubbub.toml"), "{broken}");
    let missing = Sources::default().with_file(Path::new("/nowhere/hubbub.toml")).unwrap_err().to_string();
    assert!(missing.contains("/nowhere/hubbub.toml"), "{missing}");
}

#[test]
fn a_list_in_the_file_reads_like_one_in_the_environment() {
    let file = "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]";
    let sources = Sources::default().with_file_text("hubbub.toml", file).unwrap();
    let from_file = Settings::resolve(&sources).unwrap().trusted_proxies;
    let sources = environment(&[("HUBBUB_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")]);
    assert_eq!(from_file, Settings::resolve(&sources).unwrap().trusted_proxies);
    assert_eq!(from_file.len(), 2);
}

#[test]
fn the_public_address_is_written_as_browsers_write_an_origin() {
    let https = PublicUrl::parse("https://Hubbub.Example:443/").unwrap();
    assert_eq!((https.origin(), https.is_secure()), ("https://hubbub.example", true));
    assert_eq!(https.socket_origin(), "wss://hubbub.example");
    let everywhere = PublicUrl::of("0.0.0.0:8080".parse().unwrap());
    assert_eq!(everywhere.origin(), "http://127.0.0.1:8080");
    assert_eq!(everywhere.socket_origin(), "ws://127.0.0.1:8080");
}

#[test]
fn the_address_of_a_store_names_bucket_prefix_region_and_key() {
    let aws = S3Url::parse("https://AKIA:a%2Fb+c%3D@s3.eu-central-1.amazonaws.com/files?region=eu-central-1").unwrap();
    assert_eq!((aws.endpoint(), aws.bucket()), ("https://s3.eu-central-1.amazonaws.com", "files"));
    assert_eq!((aws.prefix(), aws.region(), aws.is_secure()), ("", "eu-central-1", true));
    assert_eq!((aws.key(), aws.secret()), ("AKIA", "a/b+c="));
    let near = S3Url::parse("http://key:secret@[::1]:9000/files/of/ours/").unwrap();
    assert_eq!((near.endpoint(), near.is_secure(), near.region()), ("http://[::1]:9000", false, "us-east-1"));
    assert_eq!((near.prefix(), near.masked().as_str()), ("of/ours", "http://[::1]:9000/files/of/ours"));
}

#[test]
fn the_generated_key_is_private_and_stays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::in_folder(folder.path().join("data"));
    private_folder(&settings.data_dir).unwrap();
    let first = secret_key(&settings).unwrap();
    assert_eq!(secret_key(&settings).unwrap(), first);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&settings.data_dir), 0o700);
    assert_eq!(mode(&settings.data_dir.join("secrets.toml")), 0o600);
    assert_eq!(fs::read_dir(&settings.data_dir).unwrap().count(), 1, "no draft stays behind");
    fs::write(settings.data_dir.join("secrets.toml"), "secret_key = \"short\"").unwrap();
    assert!(secret_key(&settings).unwrap_err().to_string().contains("secrets.toml"));
}

#[test]
fn every_setting_is_documented_in_the_readme() {
    let readme = fs::read_to_string("README.md").unwrap();
    assert!(readme.contains(&readme_table()), "README.md should hold this table:\n\n{}", readme_table());
    for setting in SETTINGS {
        assert!(setting.about.ends_with('.') && !setting.unit.is_empty() && !setting.default.is_empty());
    }
}
