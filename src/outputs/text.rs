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

/// Wraps a shell command to `width` columns, indented by `indent` spaces. A line ends with a backslash where the command
/// goes on, so that it can be copied; options stay with their values.
pub(super) fn wrap_command(command: &str, width: usize, indent: usize) -> String {
    let mut parts: Vec<String> = Vec::new();
    for word in shell_words(command) {
        match parts.last_mut().filter(|last| last.starts_with("--") && !last.contains(' ') && !word.starts_with('-')) {
            Some(option) => *option += &format!(" {word}"),
            None => parts.push(word.to_owned()),
        }
    }
    let (mut out, mut column) = (" ".repeat(indent), indent);
    for (at, part) in parts.iter().enumerate() {
        let length = columns(part);
        if at > 0 && column + 1 + length + " \\".len() > width {
            out.push_str(" \\\n");
            out.push_str(&" ".repeat(indent + 2));
            column = indent + 2;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(part);
        column += length;
    }
    out.push('\n');
    out
}

/// The words of a command, with their quotes.
fn shell_words(command: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    command.split(move |c: char| {
        let is_end = c == ' ' && !is_quoted && !is_escaped;
        is_quoted ^= c == '\'' && !is_escaped;
        is_escaped = c == '\\' && !is_quoted && !is_escaped;
        is_end
    })
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

    #[test]
    fn commands_are_wrapped_between_their_words() {
        assert_eq!(wrap_command("a b --c d --e", 10, 2), "  a b \\\n    --c d \\\n    --e\n");
        assert_eq!(wrap_command("a 'b c' d", 8, 0), "a \\\n  'b c' \\\n  d\n");
        assert_eq!(wrap_command("a 'b'\\'' c' d", 80, 1), " a 'b'\\'' c' d\n");
        let words = |command| shell_words(command).collect::<Vec<_>>();
        assert_eq!(words("a 'b'\\'' c' d"), ["a", "'b'\\'' c'", "d"]);
    }
}
