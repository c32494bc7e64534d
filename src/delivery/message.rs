//! In which form a webhook wants its message.

/// Format of the message that a webhook receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageForm {
    /// Schema `capmodel/delivery/v1`, with the whole report.
    Json,
    /// A message of Slack, in short.
    Slack,
}
