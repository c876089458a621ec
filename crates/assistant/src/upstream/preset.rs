//! What is known about common upstreams, so that a settings file need not say it.

use super::config::{KeyHeader, UpstreamConfig};
use super::dialect::Dialect;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A common kind of upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// OpenAI.
    Openai,
    /// Anthropic.
    Anthropic,
    /// Google Gemini.
    Gemini,
    /// Ollama on this machine.
    Ollama,
    /// vLLM on this machine.
    Vllm,
    /// llama.cpp's server on this machine.
    LlamaCpp,
    /// LiteLLM's proxy on this machine.
    Litellm,
    /// OpenRouter.
    Openrouter,
    /// Azure OpenAI, whose address has the resource's name in it.
    Azure,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Openai,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::Vllm,
        Self::LlamaCpp,
        Self::Litellm,
        Self::Openrouter,
        Self::Azure,
    ];

    /// How it is spoken to.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Anthropic => Dialect::Anthropic,
            Self::Gemini => Dialect::Gemini,
            _ => Dialect::OpenaiChat,
        }
    }

    /// Where it is; none where that differs from customer to customer.
    pub fn base_url(self) -> Option<&'static str> {
        Some(match self {
            Self::Openai => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::Ollama => "http://127.0.0.1:11434/v1",
            Self::Vllm => "http://127.0.0.1:8000/v1",
            Self::LlamaCpp => "http://127.0.0.1:8080/v1",
            Self::Litellm => "http://127.0.0.1:4000/v1",
            Self::Openrouter => "https://openrouter.ai/api/v1",
            Self::Azure => return None,
        })
    }

    /// Where its keys go, whatever the dialect; none: as the dialect says.
    pub fn key_header(self) -> Option<KeyHeader> {
        (self == Self::Azure).then_some(KeyHeader::ApiKey)
    }

    /// An upstream of this kind, without a key. Where the preset has no address, `base_url` is empty and must be set.
    pub fn config(self, name: impl Into<String>, model: impl Into<String>) -> UpstreamConfig {
        let dialect = self.dialect();
        UpstreamConfig {
            dialect,
            key_header: self.key_header().unwrap_or(dialect.key_header()),
            // These two refuse the older name for models that think; others know no newer one.
            newer_limit_name: matches!(self, Self::Openai | Self::Azure),
            ..UpstreamConfig::new(name, self.base_url().unwrap_or_default(), model)
        }
    }
}
