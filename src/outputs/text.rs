//! Running text: wrapping, and removal of characters that affect a terminal.

use std::borrow::Cow;

/// Wraps words to `width` columns; later lines are indented by `indent` spaces.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let lead = text.len() - text.trim_start().len();
    let mut out = " ".repeat(lead);
    let mut column = 0;
    for word in text.trim_start().split(' ') {
        let length = columns(word);
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length + if column == 0 { lead } else { 0 };
    }
    out.push('\n');
    out
}

/// Width of a word in columns, excluding colour codes.
fn columns(word: &str) -> usize {
    let mut is_code = false;
    word.chars()
        .filter(|c| match c {
            '\u{1b}' => {
                is_code = true;
                false
            }
            'm' if is_code => {
                is_code = false;
                false
            }
            _ => !is_code,
        })
        .count()
}

/// Puts untrusted text on one line: line breaks become spaces, and characters that would move a terminal's cursor or
/// change the text direction become visible.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if acts(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// What no estimate includes.
pub(super) const NOT_INCLUDED: &str = "Not included: databases, caches, queues, observability, staff, NAT gateways, traffic \
     between services, extended support for old Kubernetes versions.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a b\u{e9}"), "a b\u{e9}");
        assert_eq!(printable("a\nb\u{1b}[2J\u{202e}"), "a b\\u{1b}[2J\\u{202e}");
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("one two three", 9, 2), "one two\n  three\n");
        assert_eq!(wrap("unbreakable", 3, 2), "unbreakable\n");
        assert_eq!(wrap("one \u{1b}[1mtwo\u{1b}[0m three", 9, 2), "one \u{1b}[1mtwo\u{1b}[0m\n  three\n");
    }
}
