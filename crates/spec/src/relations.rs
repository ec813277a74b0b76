//! Which workflows renew the tokens of which, and which give them back.

use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{Input, Workflow};
use crate::spelling;

/// What one workflow can do with the tokens of another.
struct Relation {
    /// The key by which a workflow lists those whose tokens it is for.
    key: &'static str,
    /// What happens to the tokens, in words.
    done: &'static str,
    /// Why one workflow cannot do it with the tokens of another, and what to do about it.
    obstacle: fn(&Workflow, &Workflow) -> Option<Fault>,
    /// Whether a workflow that can do it with its own tokens is the one that is meant.
    prefers_itself: bool,
}

/// What is wrong, and what to do.
type Fault = (String, String);

const RENEWAL: Relation = Relation {
    key: "x-renews",
    done: "renewed",
    obstacle: obstacle_to_renewal,
    prefers_itself: true,
};

const REVOCATION: Relation = Relation {
    key: "x-revokes",
    done: "given back",
    obstacle: obstacle_to_revocation,
    prefers_itself: false,
};

/// Fills in `renewed_by` and `revoked_by` of each workflow.
///
/// A workflow with an input `refresh_token` or `access_token` renews the tokens of the workflows
/// that `x-renews` lists; one with an input `token` and no outputs gives back those of the
/// workflows that `x-revokes` lists. For a workflow that nobody lists it is itself, where it can
/// renew its own tokens, or else the only one that can do it and lists nobody.
pub(crate) fn resolve(workflows: &mut [Workflow], arazzo: &Document) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let nodes: Vec<Node<'_>> = arazzo.root().items_of("workflows").collect();
    let renewed_by = RENEWAL.resolved(workflows, &nodes, &mut diagnostics);
    let revoked_by = REVOCATION.resolved(workflows, &nodes, &mut diagnostics);
    check_use(workflows, &nodes, &revoked_by, &mut diagnostics);
    let relations = renewed_by.into_iter().zip(revoked_by);
    for (workflow, (renewed_by, revoked_by)) in workflows.iter_mut().zip(relations) {
        workflow.renewed_by = renewed_by;
        workflow.revoked_by = revoked_by;
    }
    diagnostics.or_ok(())
}

impl Relation {
    /// For each workflow, those that do it with its tokens.
    fn resolved(
        &self,
        workflows: &[Workflow],
        nodes: &[Node<'_>],
        diagnostics: &mut Diagnostics,
    ) -> Vec<Vec<String>> {
        self.check_lists(workflows, nodes, diagnostics);
        workflows
            .iter()
            .zip(nodes)
            .map(|(workflow, node)| self.of(workflow, node, workflows, nodes, diagnostics))
            .collect()
    }

    fn of(
        &self,
        workflow: &Workflow,
        node: &Node<'_>,
        workflows: &[Workflow],
        nodes: &[Node<'_>],
        diagnostics: &mut Diagnostics,
    ) -> Vec<String> {
        let lists = |node: &Node<'_>| {
            node.items_of(self.key)
                .any(|id| id.value.as_str() == Some(&workflow.id))
        };
        let others = || workflows.iter().zip(nodes);
        let listing: Vec<String> = others()
            .filter(|(_, node)| lists(node))
            .map(|(other, _)| other.id.clone())
            .collect();
        if !listing.is_empty() {
            return listing;
        }
        let obstacle = self.obstacle;
        if self.prefers_itself && obstacle(workflow, workflow).is_none() {
            return vec![workflow.id.clone()];
        }
        let fitting: Vec<String> = others()
            .filter(|(other, node)| {
                node.get(self.key).is_none() && obstacle(other, workflow).is_none()
            })
            .map(|(other, _)| other.id.clone())
            .collect();
        if fitting.len() > 1 {
            let (id, key) = (&workflow.id, self.key);
            diagnostics.add(
                node.place(),
                format!(
                    "the token of `{id}` could be {} by {}",
                    self.done,
                    fitting.join(" or ")
                ),
                format!("add `{key}: [{id}]` to the one that is meant"),
            );
        }
        fitting
    }

    fn check_lists(
        &self,
        workflows: &[Workflow],
        nodes: &[Node<'_>],
        diagnostics: &mut Diagnostics,
    ) {
        let ids: Vec<&str> = workflows
            .iter()
            .map(|workflow| workflow.id.as_str())
            .collect();
        for (other, node) in workflows.iter().zip(nodes) {
            for id in node.items_of(self.key) {
                let text = id.value.as_str().unwrap_or_default();
                let Some(workflow) = workflows.iter().find(|workflow| workflow.id == text) else {
                    diagnostics.add(
                        id.value_place(),
                        format!("there is no workflow `{text}`"),
                        spelling::advice(text, &ids, "name a workflow of this document"),
                    );
                    continue;
                };
                let obstacle = self.obstacle;
                if let Some((message, help)) = obstacle(other, workflow) {
                    diagnostics.add(id.value_place(), message, help);
                }
            }
        }
    }
}

/// Complains about a workflow that gives back nobody's tokens: the way back would be lost.
fn check_use(
    workflows: &[Workflow],
    nodes: &[Node<'_>],
    revoked_by: &[Vec<String>],
    diagnostics: &mut Diagnostics,
) {
    for (revoker, node) in workflows.iter().zip(nodes) {
        check_hint(revoker, node, diagnostics);
        let is_used = revoked_by.iter().flatten().any(|id| *id == revoker.id);
        if !revoker.gives_back() || is_used || node.get(REVOCATION.key).is_some() {
            continue;
        }
        let mut obstacles = workflows
            .iter()
            .filter(|workflow| workflow.scheme == revoker.scheme && !workflow.gives_back())
            .filter_map(|workflow| obstacle_to_revocation(revoker, workflow));
        let (why, help) = obstacles.next().unwrap_or_else(|| {
            (
                format!("no workflow supplies a token of `{}`", revoker.scheme),
                "correct its `x-security-scheme`".to_owned(),
            )
        });
        diagnostics.add(
            node.place(),
            format!("`{}` gives nobody's token back: {why}", revoker.id),
            help,
        );
    }
}

/// The kinds of token of RFC 7009 (2.1).
const KINDS: [&str; 2] = ["access_token", "refresh_token"];

/// Complains about a `token_type_hint` that can be neither kind of token.
fn check_hint(revoker: &Workflow, node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let mut inputs = revoker.inputs.iter();
    let hint = inputs.find(|input| input.name == "token_type_hint");
    let listed = hint.and_then(|hint| match hint.schema.get("const") {
        Some(only) => Some(std::slice::from_ref(only)),
        None => hint.schema.get("enum")?.as_array().map(Vec::as_slice),
    });
    let is_kind = |value: &Value| value.as_str().is_some_and(|kind| KINDS.contains(&kind));
    if revoker.gives_back() && listed.is_some_and(|listed| !listed.iter().any(is_kind)) {
        diagnostics.add(
            node.member_or_self("inputs").place(),
            "`token_type_hint` can be no kind of token",
            format!("let its `enum` have {}", KINDS.join(" or ")),
        );
    }
}

/// What a renewal takes from the token that it renews.
fn is_held(input: &Input) -> bool {
    matches!(input.name.as_str(), "refresh_token" | "access_token") && input.credential.is_none()
}

/// Why one workflow cannot renew the token of another: everything that it needs has to be an
/// output or an input of the other.
fn obstacle_to_renewal(renewer: &Workflow, renewed: &Workflow) -> Option<Fault> {
    if renewer.scheme != renewed.scheme {
        return Some(other_scheme(renewed));
    }
    let mut held = renewer.inputs.iter().filter(|input| is_held(input));
    if !held.any(|input| comes_with(input, renewed)) {
        return Some((
            format!(
                "`{}` takes no `refresh_token` and no `access_token` that `{}` yields",
                renewer.id, renewed.id
            ),
            format!(
                "give `{}` such an input, and `{}` such an output",
                renewer.id, renewed.id
            ),
        ));
    }
    lack(renewer, renewed, |input| comes_with(input, renewed))
}

/// Why one workflow cannot give back the tokens of another: everything that it needs, besides the
/// token and its kind, has to be an input of the other.
fn obstacle_to_revocation(revoker: &Workflow, revoked: &Workflow) -> Option<Fault> {
    if revoker.scheme != revoked.scheme {
        return Some(other_scheme(revoked));
    }
    if !revoker.gives_back() {
        return Some((
            format!(
                "`{}` gives no token back: it has no input `token`, or it has outputs",
                revoker.id
            ),
            "give it an input `token` and no `outputs`".to_owned(),
        ));
    }
    if revoked.gives_back() {
        return Some((
            format!("`{}` yields no token to give back", revoked.id),
            "name a workflow that yields an `access_token`".to_owned(),
        ));
    }
    lack(revoker, revoked, |input| {
        matches!(input.name.as_str(), "token" | "token_type_hint") || is_given(input, revoked)
    })
}

fn other_scheme(workflow: &Workflow) -> Fault {
    (
        format!("`{}` supplies another scheme's token", workflow.id),
        "name a workflow with the same `x-security-scheme`".to_owned(),
    )
}

/// The required input of a workflow that a token of another does not come with.
fn lack(workflow: &Workflow, other: &Workflow, comes: impl Fn(&Input) -> bool) -> Option<Fault> {
    let missing = workflow
        .inputs
        .iter()
        .filter(|input| input.required && input.default.is_none() && input.credential.is_none())
        .find(|input| !comes(input))?;
    Some((
        format!(
            "`{}` needs `{}`, which a token of `{}` does not come with",
            workflow.id, missing.name, other.id
        ),
        format!(
            "make it a required input of `{}` as well, or an optional one of `{}`",
            other.id, workflow.id
        ),
    ))
}

/// Whether who holds a token of a workflow also holds what an input of another asks for.
fn comes_with(input: &Input, renewed: &Workflow) -> bool {
    if is_held(input) {
        return renewed
            .outputs
            .iter()
            .any(|(output, _)| *output == input.name);
    }
    is_given(input, renewed)
}

/// Whether it is an input of another workflow as well, which has a value there.
fn is_given(input: &Input, other: &Workflow) -> bool {
    other.inputs.iter().any(|known| {
        known.name == input.name
            && known.credential.is_none()
            && (known.required || known.default.is_some())
    })
}
