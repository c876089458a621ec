//! What somebody writes about a model: a preset, and whatever differs from it.

use crate::model::ModelConfig;
use crate::upstream::{Dialect, KeyHeader, Preset, Prices, Secret, UpstreamConfig};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One model as it is written in settings. It says where the key is and never the key itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// As a session is set up with it.
    pub name: String,
    /// What kind of upstream it is; what stands below wins over what the preset says.
    pub preset: Option<Preset>,
    /// How it is spoken to; chat completions where nothing says otherwise.
    pub dialect: Option<Dialect>,
    /// Where it is, version included.
    pub base_url: Option<String>,
    /// As the upstream knows it.
    pub model: String,
    /// The environment's name for the key.
    pub key_env: Option<String>,
    /// A file with the key in it.
    pub key_file: Option<PathBuf>,
    /// The header that the key goes into.
    pub key_header: Option<KeyHeader>,
    /// Most tokens of an answer.
    pub max_tokens: Option<u32>,
    /// How freely words are chosen.
    pub temperature: Option<f64>,
    /// Whether chat completions are asked for token counts.
    pub ask_usage: Option<bool>,
    /// Price of a million tokens read.
    pub price_in: Option<f64>,
    /// Price of a million tokens written.
    pub price_out: Option<f64>,
    /// Who is asked when it fails, in order; `offline` is the offline assistant.
    #[serde(default)]
    pub fallback: Vec<String>,
}

/// Why an entry says nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Nothing says where it is.
    #[error("base_url is missing: give it, or a preset that knows it")]
    NoAddress,
    /// The same for Azure.
    #[error("base_url is missing: azure needs your resource's, https://RESOURCE.openai.azure.com/openai/v1")]
    NoResource,
    /// No model is named.
    #[error("model is empty: give the name by which the upstream knows it")]
    NoModel,
    /// No answer fits.
    #[error("max_tokens is 0: leave it out, or give room for an answer")]
    NoTokens,
    /// Out of range.
    #[error("temperature is {0}: it goes from 0 to 2")]
    Temperature(String),
    /// Out of range.
    #[error("{name} is {value}: a price is currency units for a million tokens, such as 0.15")]
    Price {
        /// Which.
        name: &'static str,
        /// What was written.
        value: String,
    },
}

impl ModelEntry {
    /// How it is spoken to.
    pub fn dialect(&self) -> Dialect {
        let known = self.preset.map(Preset::dialect);
        self.dialect.or(known).unwrap_or(Dialect::OpenaiChat)
    }

    /// Where it is; none where nothing says so.
    pub fn base_url(&self) -> Option<&str> {
        self.base_url.as_deref().or_else(|| self.preset?.base_url())
    }

    /// The upstream that it describes, with its key, and what it falls back to.
    pub fn config(&self, key: Option<Secret>) -> Result<ModelConfig, EntryError> {
        let begin = match self.preset {
            Some(preset) => preset.config(&self.name, &self.model),
            None => UpstreamConfig::new(&self.name, "", &self.model),
        };
        let dialect = self.dialect();
        let usual = self.preset.and_then(Preset::key_header).unwrap_or(dialect.key_header());
        let upstream = UpstreamConfig {
            dialect,
            base_url: self.base_url().unwrap_or_default().to_owned(),
            key,
            key_header: self.key_header.unwrap_or(usual),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            ask_usage: self.ask_usage.unwrap_or(begin.ask_usage),
            prices: Prices {
                prompt: price("price_in", self.price_in)?,
                completion: price("price_out", self.price_out)?,
            },
            ..begin
        };
        self.check(&upstream)?;
        Ok(ModelConfig { upstream, fallback: self.fallback.clone() })
    }

    fn check(&self, upstream: &UpstreamConfig) -> Result<(), EntryError> {
        if upstream.base_url.is_empty() {
            return Err(if self.preset == Some(Preset::Azure) {
                EntryError::NoResource
            } else {
                EntryError::NoAddress
            });
        }
        if upstream.model.trim().is_empty() {
            return Err(EntryError::NoModel);
        }
        if upstream.max_tokens == Some(0) {
            return Err(EntryError::NoTokens);
        }
        match upstream.temperature {
            Some(temperature) if !(0.0..=2.0).contains(&temperature) => {
                Err(EntryError::Temperature(temperature.to_string()))
            }
            _ => Ok(()),
        }
    }
}

fn price(name: &'static str, units: Option<f64>) -> Result<u64, EntryError> {
    let Some(units) = units else { return Ok(0) };
    Prices::millionths(units).ok_or_else(|| EntryError::Price { name, value: units.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(preset: Option<Preset>) -> ModelEntry {
        ModelEntry { name: "a".to_owned(), preset, model: "m".to_owned(), ..ModelEntry::default() }
    }

    #[test]
    fn presets_say_where_and_how() {
        use Dialect::{Anthropic, Gemini, OpenaiChat};
        use KeyHeader::{ApiKey, Bearer, XApiKey, XGoogApiKey};
        for (preset, base_url, dialect, header) in [
            (Preset::Openai, "https://api.openai.com/v1", OpenaiChat, Bearer),
            (Preset::Anthropic, "https://api.anthropic.com/v1", Anthropic, XApiKey),
            (Preset::Gemini, "https://generativelanguage.googleapis.com/v1beta", Gemini, XGoogApiKey),
            (Preset::Ollama, "http://127.0.0.1:11434/v1", OpenaiChat, Bearer),
            (Preset::Vllm, "http://127.0.0.1:8000/v1", OpenaiChat, Bearer),
            (Preset::LlamaCpp, "http://127.0.0.1:8080/v1", OpenaiChat, Bearer),
            (Preset::Litellm, "http://127.0.0.1:4000/v1", OpenaiChat, Bearer),
            (Preset::Openrouter, "https://openrouter.ai/api/v1", OpenaiChat, Bearer),
            (Preset::Azure, "https://r.openai.azure.com/openai/v1", OpenaiChat, ApiKey),
        ] {
            let address = preset.base_url().is_none().then(|| base_url.to_owned());
            let upstream = ModelEntry { base_url: address, ..entry(Some(preset)) }.config(None).unwrap().upstream;
            let read = (upstream.base_url.as_str(), upstream.dialect, upstream.key_header);
            assert_eq!(read, (base_url, dialect, header), "{preset:?}");
        }
    }

    #[test]
    fn what_is_written_wins_over_the_preset() {
        let written = ModelEntry {
            dialect: Some(Dialect::Anthropic),
            base_url: Some("http://127.0.0.1:9/v1".to_owned()),
            ask_usage: Some(false),
            price_in: Some(0.15),
            ..entry(Some(Preset::Litellm))
        };
        let upstream = written.config(None).unwrap().upstream;
        assert_eq!((upstream.dialect, upstream.key_header), (Dialect::Anthropic, KeyHeader::XApiKey));
        assert_eq!((upstream.base_url.as_str(), upstream.ask_usage), ("http://127.0.0.1:9/v1", false));
        assert_eq!(upstream.prices, Prices { prompt: 150_000, completion: 0 });
        let bearer = ModelEntry { key_header: Some(KeyHeader::Bearer), ..written };
        assert_eq!(bearer.config(None).unwrap().upstream.key_header, KeyHeader::Bearer);
    }
}
