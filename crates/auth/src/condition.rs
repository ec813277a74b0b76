//! Conditions and runtime expressions of Arazzo 1.0, compiled to constants.

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
