//! Who calls and who looks: clients and parties, their tokens and sessions; operators, their tokens and second factors; and how often a secret may be guessed.

pub(crate) mod api_token;
