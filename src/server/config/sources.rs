//! Where settings come from: flags, the environment, a file. The only place that reads the environment.

use std::{collections::BTreeMap, fmt, path::Path, path::PathBuf};

use clap::{Arg, ArgMatches};

use super::{
    SettingError,
    table::{SETTINGS, Setting},
};

/// The settings file that is read when it is there and no other is named.
const DEFAULT_FILE: &str = "hubbub.toml";

/// Who gave a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag(&'static str),
    /// The environment.
    Environment(&'static str),
    /// The settings file, by its path.
    File(String),
    /// Nobody.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "the flag --{flag}"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {path}"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// What was given, before it is checked.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    flags: BTreeMap<&'static str, String>,
    environment: BTreeMap<String, String>,
    file: Option<(String, BTreeMap<String, String>)>,
}

/// The command line's flags: one per setting, and `--config` for the file.
#[must_use]
pub fn flags() -> Vec<Arg> {
    let file = Arg::new("config")
        .long("config")
        .value_name("file")
        .value_parser(clap::value_parser!(PathBuf))
        .help("The settings file [default: hubbub.toml in the current folder, if there is one]");
    let settings = SETTINGS.map(|Setting { flag, env, unit, default, about, .. }| {
        let help = format!("{about} [env: {env}] [default: {}]", default.replace('`', ""));
        Arg::new(*flag).long(*flag).value_name(*unit).allow_hyphen_values(true).help(help)
    });
    std::iter::once(file).chain(settings).collect()
}

impl Sources {
    /// What this process was given: parsed flags, its environment and the settings file.
    ///
    /// # Errors
    /// When the settings file cannot be used, or the one that `--config` names is missing.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process(matches: &ArgMatches) -> Result<Self, SettingError> {
        let flags = SETTINGS.iter().filter_map(|setting| {
            let value = matches.get_one::<String>(setting.flag)?;
            Some((setting.flag, value.clone()))
        });
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            // Bytes that are no text are replaced, so that the value is reported as wrong and not ignored.
            Some((
                name.into_string().ok()?,
                value.into_string().unwrap_or_else(|odd| odd.to_string_lossy().into_owned()),
            ))
        });
        let sources = Self::new(flags, environment);
        match matches.get_one::<PathBuf>("config") {
            Some(path) => sources.with_file(path),
            None if Path::new(DEFAULT_FILE).exists() => sources.with_file(Path::new(DEFAULT_FILE)),
            None => Ok(sources),
        }
    }

    /// These flags (by name, without dashes) and environment variables.
    pub fn new(
        flags: impl IntoIterator<Item = (&'static str, String)>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self { flags: flags.into_iter().collect(), environment: environment.into_iter().collect(), file: None }
    }

    /// Adds the settings file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or holds a key that is no setting.
    pub fn with_file(self, path: &Path) -> Result<Self, SettingError> {
        let unusable = |why: String| SettingError::File { file: path.display().to_string(), why };
        let text = std::fs::read_to_string(path).map_err(|cause| unusable(cause.to_string()))?;
        self.with_file_text(&path.display().to_string(), &text)
    }

    /// Adds the text of a settings file that messages call `file`.
    ///
    /// # Errors
    /// When it is no TOML, or holds a key that is no setting.
    pub fn with_file_text(mut self, file: &str, text: &str) -> Result<Self, SettingError> {
        let unusable = |why: String| SettingError::File { file: file.to_owned(), why };
        let table: toml::Table = text.parse().map_err(|cause: toml::de::Error| unusable(cause.message().to_owned()))?;
        let mut values = BTreeMap::new();
        for (key, value) in table {
            if !SETTINGS.iter().any(|setting| setting.key == key) {
                return Err(SettingError::Unknown { key, file: file.to_owned() });
            }
            let text =
                plain(&value).ok_or_else(|| unusable(format!("`{key}` is neither text, a number nor a list")))?;
            values.insert(key, text);
        }
        self.file = Some((file.to_owned(), values));
        Ok(self)
    }

    /// Who gave `setting` its value.
    #[must_use]
    pub fn source_of(&self, setting: &Setting) -> Source {
        self.given(setting).map_or(Source::Default, |(_, source)| source)
    }

    /// The setting's value as `parse` understands it, or `None` when nobody gave one.
    pub(super) fn read<T>(
        &self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingError> {
        let Some((value, given_by)) = self.given(setting) else { return Ok(None) };
        parse(value).map(Some).ok_or_else(|| SettingError::Wrong {
            name: setting.env,
            given_by,
            accepted: setting.accepted,
            value: (!setting.secret).then(|| value.to_owned()),
        })
    }

    fn given(&self, setting: &Setting) -> Option<(&str, Source)> {
        let from_environment = |name: &'static str| Some((self.environment.get(name)?, Source::Environment(name)));
        let from_flag = self.flags.get(setting.flag).map(|value| (value, Source::Flag(setting.flag)));
        let from_file = self.file.as_ref().and_then(|(file, values)| {
            let value = values.get(setting.key)?;
            Some((value, Source::File(file.clone())))
        });
        [from_flag, from_environment(setting.env), from_file, setting.tool_env.and_then(from_environment)]
            .into_iter()
            .flatten()
            .map(|(value, source)| (value.trim(), source))
            .find(|(value, _)| !value.is_empty())
    }
}

/// A TOML value as the same text that a flag would hold.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(plain).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}
