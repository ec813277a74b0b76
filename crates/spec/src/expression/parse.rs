//! Reads expressions, conditions and templates from their text.

use super::meant::meant;
use super::{Condition, Expression, Operand, Operator, Piece, Template};
use crate::diagnostics::Fault;
use crate::place::is_pointer;

/// Parentheses and negations may nest this deep.
const DEEPEST: usize = 32;

/// Characters that end an expression inside a condition, besides white space.
const OPERATOR_CHARACTERS: [char; 8] = ['(', ')', '=', '!', '<', '>', '&', '|'];

const IN_BRACES: &str = "texts with expressions in braces stand in payloads and parameters; here an \
     expression stands alone. What stands before a key in a header is its scheme's `x-prefix`";

const EXPRESSIONS: &str = "write $inputs.<name>, $steps.<step>.outputs.<name>, $statusCode, \
                           $response.body, $response.body#/<pointer> or $response.header.<name>";

impl Expression {
    /// Reads a runtime expression.
    pub(crate) fn parse(text: &str) -> Result<Expression, Fault> {
        if text == "$statusCode" {
            return Ok(Expression::StatusCode);
        }
        if let Some(name) = text.strip_prefix("$inputs.") {
            return is_name(name)
                .then(|| Expression::Input(name.to_owned()))
                .ok_or_else(|| unknown(text));
        }
        if let Some(rest) = text.strip_prefix("$steps.") {
            return step_output(rest).ok_or_else(|| unknown(text));
        }
        if let Some(rest) = text.strip_prefix("$response.body") {
            return body(rest).ok_or_else(|| unknown(text));
        }
        if let Some(name) = text.strip_prefix("$response.header.") {
            return is_header_name(name)
                .then(|| Expression::Header(name.to_owned()))
                .ok_or_else(|| unknown(text));
        }
        Err(unknown(text))
    }
}

fn step_output(rest: &str) -> Option<Expression> {
    let (step, output) = rest.split_once(".outputs.")?;
    (is_name(step) && is_name(output)).then(|| Expression::StepOutput {
        step: step.to_owned(),
        output: output.to_owned(),
    })
}

fn body(rest: &str) -> Option<Expression> {
    let pointer = match rest {
        "" => "",
        _ => rest.strip_prefix('#')?,
    };
    is_pointer(pointer).then(|| Expression::Body(pointer.to_owned()))
}

fn unknown(text: &str) -> Fault {
    let known = ["$inputs.", "$steps.", "$response.body", "$response.header."];
    let message = if known.iter().any(|start| text.starts_with(start)) {
        format!("`{text}` is not a complete expression")
    } else {
        format!("`{text}` is not an expression that the token engine evaluates")
    };
    match meant(text) {
        Some(meant) => Fault::new(message, format!("did you mean `{meant}`?")),
        None if text.contains("{$") => Fault::new(message, IN_BRACES),
        None => Fault::new(message, EXPRESSIONS),
    }
}

/// Whether a text can be the name of an input, a step or an output.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    !text.is_empty() && text.chars().all(allowed)
}

/// Whether a text is a field name of HTTP (RFC 9110, 5.6.2).
pub(crate) fn is_header_name(text: &str) -> bool {
    let allowed = |character: char| {
        character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
    };
    !text.is_empty() && text.chars().all(allowed)
}

impl Template {
    /// Reads a text that may be an expression or hold `{expressions}`.
    pub(crate) fn text(text: &str) -> Result<Template, Fault> {
        if begins_expression(text) {
            return Expression::parse(text).map(Template::Expression);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("{$") {
            let (before, from) = rest.split_at(start);
            let Some((inside, after)) = from.get(1..).and_then(|from| from.split_once('}')) else {
                return Err(Fault::new(
                    "`{$` begins an expression that no `}` ends",
                    "close the braces",
                ));
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Expression(Expression::parse(inside)?));
            rest = after;
        }
        if pieces.is_empty() {
            return Ok(Template::String(text.to_owned()));
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Template::Text(pieces))
    }

    /// Calls `visit` with every expression in it.
    pub(crate) fn expressions<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression)) {
        match self {
            Template::Expression(expression) => visit(expression),
            Template::Text(pieces) => {
                for piece in pieces {
                    if let Piece::Expression(expression) = piece {
                        visit(expression);
                    }
                }
            }
            Template::Array(items) => items.iter().for_each(|item| item.expressions(visit)),
            Template::Object(members) => {
                members
                    .iter()
                    .for_each(|(_, member)| member.expressions(visit));
            }
            Template::Null
            | Template::Bool(_)
            | Template::Integer(_)
            | Template::Number(_)
            | Template::String(_) => {}
        }
    }
}

/// `$100` is text; `$inputs` and `$url` are expressions, known or not.
fn begins_expression(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('$')
        && characters
            .next()
            .is_some_and(|character| character.is_ascii_alphabetic())
}

impl Condition {
    /// Reads a criterion of type `simple`.
    pub(crate) fn parse(text: &str) -> Result<Condition, Fault> {
        let mut reader = Reader { rest: text };
        let condition = reader.any(0)?;
        reader.skip_space();
        if reader.rest.is_empty() {
            Ok(condition)
        } else {
            Err(Fault::new(
                format!("`{}` does not belong to the condition", reader.rest),
                CONDITIONS,
            ))
        }
    }

    /// Calls `visit` with every expression in it.
    pub(crate) fn expressions<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression)) {
        let mut operand = |operand: &'a Operand| {
            if let Operand::Expression(expression) = operand {
                visit(expression);
            }
        };
        match self {
            Condition::Compare { left, right, .. } => {
                operand(left);
                operand(right);
            }
            Condition::Holds(holds) => operand(holds),
            Condition::Matches { context, .. } => visit(context),
            Condition::Not(inner) => inner.expressions(visit),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| part.expressions(visit));
            }
        }
    }
}

const CONDITIONS: &str = "write comparisons (==, !=, <, <=, >, >=) of expressions, 'text', \
                          numbers, true, false and null, joined by &&, || and !";

/// A condition that is being read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn any(&mut self, depth: usize) -> Result<Condition, Fault> {
        let mut parts = vec![self.all(depth)?];
        while self.take("||") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Fault> {
        let mut parts = vec![self.single(depth)?];
        while self.take("&&") {
            parts.push(self.single(depth)?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn single(&mut self, depth: usize) -> Result<Condition, Fault> {
        if depth > DEEPEST {
            return Err(Fault::new("the condition is nested too deep", CONDITIONS));
        }
        if self.take("!") {
            return Ok(Condition::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err(Fault::new(
                    "a parenthesis is not closed",
                    "add the missing `)`",
                ))
            };
        }
        let left = self.operand()?;
        match self.operator() {
            Some(operator) => Ok(Condition::Compare {
                left,
                operator,
                right: self.operand()?,
            }),
            None => Ok(Condition::Holds(left)),
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        const OPERATORS: [(&str, Operator); 6] = [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        OPERATORS
            .into_iter()
            .find_map(|(text, operator)| self.take(text).then_some(operator))
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        self.skip_space();
        if self.rest.starts_with('\'') {
            return self.string().map(Operand::String);
        }
        let word = self.word();
        match word {
            "" => Err(Fault::new("a value is missing", CONDITIONS)),
            "true" => Ok(Operand::Bool(true)),
            "false" => Ok(Operand::Bool(false)),
            "null" => Ok(Operand::Null),
            _ if word.starts_with('$') => Expression::parse(word).map(Operand::Expression),
            _ if word.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => word
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .map(Operand::Number)
                .ok_or_else(|| Fault::new(format!("`{word}` is no number"), CONDITIONS)),
            _ => Err(Fault::new(
                format!("`{word}` is neither an expression nor a value"),
                "write text in single quotes: 'text'",
            )),
        }
    }

    /// A text in single quotes; a quote in it is written twice.
    fn string(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((index, character)) = characters.next() {
            if character != '\'' {
                text.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                text.push('\'');
            } else {
                self.rest = self.rest.get(index + 1..).unwrap_or("");
                return Ok(text);
            }
        }
        Err(Fault::new(
            "a quote is not closed",
            "add the missing `'`; a quote inside text is written twice",
        ))
    }

    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|character: char| {
                character.is_whitespace() || OPERATOR_CHARACTERS.contains(&character)
            })
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn one_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}
