//! Runtime expressions, conditions and payload templates of Arazzo 1.0.

mod meant;
mod parse;

pub(crate) use parse::{is_header_name, is_name};

/// A runtime expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `$inputs.<name>`
    Input(String),
    /// `$steps.<step>.outputs.<name>`
    StepOutput {
        /// The step's id.
        step: String,
        /// The output's name.
        output: String,
    },
    /// `$statusCode`
    StatusCode,
    /// `$response.body` (an empty pointer) or `$response.body#/pointer`.
    Body(String),
    /// `$response.header.<name>`
    Header(String),
    /// `$response.header.Set-Cookie`, where the value of the cookie with this name is meant.
    Cookie(String),
}

/// A criterion of type `simple` or `regex`.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `left operator right`
    Compare {
        /// The left-hand side.
        left: Operand,
        /// The operator.
        operator: Operator,
        /// The right-hand side.
        right: Operand,
    },
    /// `type: regex`
    Matches {
        /// What is matched.
        context: Expression,
        /// An ECMA-262 pattern.
        pattern: String,
    },
    /// A lone operand.
    Holds(Operand),
    /// `!`
    Not(Box<Condition>),
    /// `&&`
    All(Vec<Condition>),
    /// `||`
    Any(Vec<Condition>),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A runtime expression.
    Expression(Expression),
    /// A string literal.
    String(String),
    /// A number literal.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `null`
    Null,
}

/// A comparison operator.
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

/// A payload or parameter value with expressions in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A string without expressions.
    String(String),
    /// One expression.
    Expression(Expression),
    /// A string with `{expressions}` embedded.
    Text(Vec<Piece>),
    /// An array.
    Array(Vec<Template>),
    /// An object, in document order.
    Object(Vec<(String, Template)>),
}

/// A piece of a string with embedded expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The value of an expression.
    Expression(Expression),
}
