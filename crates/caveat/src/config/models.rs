//! The settings of live models.

use super::{Config, Environment, secret};
use anyhow::{Context, Result};
use assistant::{ModelConfig, ModelEntry, Secret};
use engine::Models;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Live models, as a settings file says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) models: Models,
    /// What works and should not be left like that.
    pub(crate) warnings: Vec<String>,
}

pub(super) fn read(config: &Config, environment: Environment<'_>) -> Result<Settings> {
    let mut warnings = Vec::new();
    let entries: Result<Vec<(ModelEntry, ModelConfig)>> = config
        .model
        .iter()
        .map(|entry| {
            let warning = entry.key_file.as_deref().and_then(open_to_others);
            warnings.extend(warning.map(|warning| format!("model `{}`: {warning}", entry.name)));
            let key = key(entry, environment);
            let config = key.and_then(|key| Ok(entry.config(key)?));
            Ok((entry.clone(), config.with_context(|| format!("model `{}`", entry.name))?))
        })
        .collect();
    Ok(Settings { models: Models::new(entries?)?, warnings })
}

fn key(entry: &ModelEntry, environment: Environment<'_>) -> Result<Option<Secret>> {
    let key = secret("key", entry.key_env.as_deref(), entry.key_file.as_deref(), environment)?;
    Ok(key.map(Secret::new))
}

fn open_to_others(file: &Path) -> Option<String> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    let path = file.display();
    (mode & 0o077 != 0).then(|| format!("others than its owner can read the key in {path}: chmod 600 {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const START: &str = "[[model]]\nname = \"a\"\nmodel = \"m\"\n";

    fn told(text: &str) -> Result<Settings> {
        read(&toml::from_str(text)?, &|name| match name {
            "KEY" => Some("sk-secret".to_owned()),
            "EMPTY" => Some("\n".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn a_settings_file_makes_models() {
        let text = format!(
            "{START}preset = \"azure\"\nbase_url = \"https://r.openai.azure.com/openai/v1\"\nkey_env = \"KEY\"\n\
             max_tokens = 900\ntemperature = 0\nprice_in = 1\nprice_out = 0.5\nfallback = [\"b\", \"offline\"]\n\
             [[model]]\nname = \"b\"\nmodel = \"n\"\npreset = \"llama_cpp\"\n"
        );
        let settings = told(&text).unwrap();
        let model = settings.models.get("a").unwrap();
        let names: Vec<_> = model.upstreams().iter().map(|upstream| upstream.name()).collect();
        assert_eq!((names, model.offline_at_last()), (vec!["a", "b"], true));
        assert!(!format!("{settings:?}").contains("sk-secret"), "{settings:?}");
        assert_eq!(settings.warnings, Vec::<String>::new());
    }

    #[test]
    fn mistakes_are_named_with_what_helps() {
        for (lines, message) in [
            ("", "model `a`: base_url is missing: give it, or a preset that knows it"),
            (
                "preset = \"azure\"",
                "model `a`: base_url is missing: azure needs your resource's, https://RESOURCE.openai.azure.com/openai/v1",
            ),
            (
                "preset = \"bard\"",
                "TOML parse error at line 4, column 10\n  |\n4 | preset = \"bard\"\n  |          ^^^^^^\n\
                 unknown variant `bard`, expected one of `openai`, `anthropic`, `gemini`, `ollama`, `vllm`, \
                 `llama_cpp`, `litellm`, `openrouter`, `azure`\n",
            ),
            (
                "preset = \"openai\"\nkeyenv = \"KEY\"",
                "TOML parse error at line 5, column 1\n  |\n5 | keyenv = \"KEY\"\n  | ^^^^^^\nunknown field `keyenv`, \
                 expected one of `name`, `preset`, `dialect`, `base_url`, `model`, `key_env`, `key_file`, `key_header`, \
                 `max_tokens`, `temperature`, `ask_usage`, `price_in`, `price_out`, `fallback`\n",
            ),
            ("preset = \"openai\"\nkey_env = \"NO\"", "model `a`: the environment has no NO"),
            (
                "preset = \"openai\"\nkey_env = \"EMPTY\"",
                "model `a`: the environment's EMPTY is empty: put the key there",
            ),
            (
                "preset = \"openai\"\nkey_file = \"/no/file\"",
                "model `a`: /no/file: cannot be read: No such file or directory (os error 2)",
            ),
            (
                "preset = \"openai\"\nkey_env = \"KEY\"\nkey_file = \"f\"",
                "model `a`: key_env and key_file exclude one another: keep one",
            ),
            (
                "preset = \"openai\"\nmax_tokens = 0",
                "model `a`: max_tokens is 0: leave it out, or give room for an answer",
            ),
            ("preset = \"openai\"\ntemperature = 3", "model `a`: temperature is 3: it goes from 0 to 2"),
            (
                "preset = \"openai\"\nprice_out = -1",
                "model `a`: price_out is -1: a price is currency units for a million tokens, such as 0.15",
            ),
            (
                "base_url = \"example.com\"",
                "model `a`: the upstream's address cannot be used: relative URL without a base",
            ),
            (
                "preset = \"openai\"\nfallback = [\"b\"]",
                "model `a`: its fallback `b` is no model; known are: a, offline",
            ),
            (
                "preset = \"openai\"\nfallback = [\"a\"]",
                "model `a`: its fallbacks go in a circle: a → a; take one of them out",
            ),
        ] {
            let error = told(&format!("{START}{lines}\n")).unwrap_err();
            assert_eq!(format!("{error:#}"), message, "{lines}");
        }
    }

    #[test]
    fn the_file_is_named_in_front() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("models.toml");
        std::fs::write(&file, START).unwrap();
        let error = format!("{:#}", config::models(Some(&file)).unwrap_err());
        assert_eq!(
            error,
            format!("{}: model `a`: base_url is missing: give it, or a preset that knows it", file.display())
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_warned_about() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "sk-secret\n").unwrap();
        let text = format!("{START}preset = \"openai\"\nkey_file = {:?}\n", file.to_str().unwrap());
        let path = file.display();
        let warning = format!("model `a`: others than its owner can read the key in {path}: chmod 600 {path}");
        for (mode, warnings) in
            [(0o600, vec![]), (0o400, vec![]), (0o640, vec![warning.clone()]), (0o644, vec![warning])]
        {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(told(&text).unwrap().warnings, warnings, "{mode:o}");
        }
    }
}
