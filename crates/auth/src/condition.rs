//! Conditions and runtime expressions of Arazzo 1.0, compiled to constants, and written as in a
//! document.

use std::fmt;

/// A runtime expression (Arazzo 1.0, "Runtime Expressions").
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expression {
    /// `$inputs.<name>`
    Input(&'static str),
    /// `$steps.<step>.outputs.<name>`
    StepOutput {
        /// The step's id.
        step: &'static str,
        /// The output's name.
        output: &'static str,
    },
    /// `$statusCode`
    StatusCode,
    /// `$response.body`, or with a JSON pointer `$response.body#/a/b`. The pointer is empty
    /// for the whole body and otherwise begins with a slash.
    Body(&'static str),
    /// `$response.header.<name>`
    Header(&'static str),
    /// The value of the cookie with this name, from `$response.header.Set-Cookie`.
    Cookie(&'static str),
}

/// A criterion of type `simple` or `regex` (Arazzo 1.0, "Criterion Object").
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// `left operator right`
    Compare {
        /// The left-hand side.
        left: Operand,
        /// How the sides are compared.
        operator: Operator,
        /// The right-hand side.
        right: Operand,
    },
    /// A criterion of type `regex`: the context's text matches the ECMA-262 pattern somewhere.
    Matches {
        /// What is matched.
        context: Expression,
        /// The pattern.
        pattern: &'static str,
    },
    /// A lone operand: it is there, and neither null, false, zero nor empty.
    Holds(Operand),
    /// `!condition`
    Not(&'static Condition),
    /// `a && b`
    All(&'static [Condition]),
    /// `a || b`
    Any(&'static [Condition]),
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    /// A runtime expression. An absent member equals null.
    Expression(Expression),
    /// A string literal.
    String(&'static str),
    /// A number literal.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `null`
    Null,
}

/// A comparison operator. Strings are compared without regard to case, and a string that
/// reads as a number equals that number, as Arazzo's simple conditions do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(name) => write!(formatter, "$inputs.{name}"),
            Self::StepOutput { step, output } => {
                write!(formatter, "$steps.{step}.outputs.{output}")
            }
            Self::StatusCode => formatter.write_str("$statusCode"),
            Self::Body("") => formatter.write_str("$response.body"),
            Self::Body(pointer) => write!(formatter, "$response.body#{pointer}"),
            Self::Header(name) => write!(formatter, "$response.header.{name}"),
            Self::Cookie(_) => formatter.write_str("$response.header.Set-Cookie"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare {
                left,
                operator,
                right,
            } => write!(formatter, "{left} {operator} {right}"),
            Self::Matches { context, pattern } => write!(formatter, "{context} matches {pattern}"),
            Self::Holds(operand) => write!(formatter, "{operand}"),
            Self::Not(condition) => write!(formatter, "!{}", Within(condition)),
            Self::All(conditions) => joined(formatter, conditions, " && "),
            Self::Any(conditions) => joined(formatter, conditions, " || "),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression(expression) => write!(formatter, "{expression}"),
            // A quote inside text is written twice.
            Self::String(text) => write!(formatter, "'{}'", text.replace('\'', "''")),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Null => formatter.write_str("null"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

/// A condition as a part of another, in parentheses where it would be read differently.
struct Within<'a>(&'a Condition);

impl fmt::Display for Within<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Condition::Holds(_) | Condition::Not(_) => write!(formatter, "{}", self.0),
            _ => write!(formatter, "({})", self.0),
        }
    }
}

fn joined(formatter: &mut fmt::Formatter<'_>, conditions: &[Condition], word: &str) -> fmt::Result {
    for (index, condition) in conditions.iter().enumerate() {
        if index > 0 {
            formatter.write_str(word)?;
        }
        match condition {
            Condition::All(_) | Condition::Any(_) => write!(formatter, "{}", Within(condition))?,
            _ => write!(formatter, "{condition}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: Condition = Condition::Compare {
        left: Operand::Expression(Expression::StatusCode),
        operator: Operator::Equal,
        right: Operand::Number(200.0),
    };
    const NAMED: Condition = Condition::Compare {
        left: Operand::Expression(Expression::Body("/name")),
        operator: Operator::NotEqual,
        right: Operand::String("O'Neil"),
    };
    const THERE: Condition = Condition::Holds(Operand::Expression(Expression::Header("X-Ok")));

    #[test]
    fn a_condition_is_written_as_in_a_document() {
        for (condition, written) in [
            (STATUS, "$statusCode == 200"),
            (NAMED, "$response.body#/name != 'O''Neil'"),
            (THERE, "$response.header.X-Ok"),
            (Condition::Not(&THERE), "!$response.header.X-Ok"),
            (Condition::Not(&STATUS), "!($statusCode == 200)"),
            (
                Condition::All(&[STATUS, Condition::Any(&[NAMED, THERE])]),
                "$statusCode == 200 && ($response.body#/name != 'O''Neil' || $response.header.X-Ok)",
            ),
            (
                Condition::Matches {
                    context: Expression::Body(""),
                    pattern: "^ok",
                },
                "$response.body matches ^ok",
            ),
            (
                Condition::Compare {
                    left: Operand::Expression(Expression::StepOutput {
                        step: "login",
                        output: "kind",
                    }),
                    operator: Operator::GreaterOrEqual,
                    right: Operand::Number(1.5),
                },
                "$steps.login.outputs.kind >= 1.5",
            ),
        ] {
            assert_eq!(condition.to_string(), written);
        }
    }
}
