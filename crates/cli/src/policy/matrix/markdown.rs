//! The table in Markdown.

use super::{Cell, Matrix};

pub(super) fn write(matrix: &Matrix<'_>) -> String {
    let mut text = format!("# {}\n\n{}\n\n", matrix.title(), matrix.subtitle());
    table(matrix, &mut text);
    columns(matrix, &mut text);
    rules(matrix, &mut text);
    tiers(matrix, &mut text);
    if !matrix.left_out.is_empty() {
        let names: Vec<_> = matrix.left_out.iter().map(|name| code(name)).collect();
        push!(text, "\nNot granted at this level: {}.\n", names.join(", "));
    }
    text
}

fn table(matrix: &Matrix<'_>, text: &mut String) {
    let mut head = vec!["Permission".to_owned()];
    head.extend(matrix.columns.iter().map(|column| escape(&column.name)));
    if matrix.has_tiers() {
        head.push("Tier".to_owned());
    }
    if matrix.has_denials() {
        head.push("Unless".to_owned());
    }
    row(text, &head);
    row(text, &vec!["---".to_owned(); head.len()]);
    for line in &matrix.rows {
        let mut cells = vec![code(&line.permission.name)];
        cells.extend(line.cells.iter().map(|cell| match cell {
            Cell::No => String::new(),
            Cell::Yes => "✓".to_owned(),
            Cell::Superuser(level) => format!("superuser ({level})"),
            Cell::Rules(names) => escape(&names.join(", ")),
        }));
        if matrix.has_tiers() {
            cells.push(line.tier.map_or_else(String::new, escape));
        }
        if matrix.has_denials() {
            cells.push(escape(&line.unless.join(", ")));
        }
        row(text, &cells);
    }
}

fn columns(matrix: &Matrix<'_>, text: &mut String) {
    let mut lines = String::new();
    for column in &matrix.columns {
        let mut about = column.about.clone();
        if !column.label.is_empty() {
            about.insert(0, column.label.clone());
        }
        if !about.is_empty() {
            push!(
                lines,
                "- {}: {}\n",
                code(&column.name),
                escape(&about.join("; "))
            );
        }
    }
    if !lines.is_empty() {
        push!(text, "\n## Roles\n\n{lines}");
    }
}

fn rules(matrix: &Matrix<'_>, text: &mut String) {
    let rules = &matrix.policy.document().rules;
    if rules.is_empty() {
        return;
    }
    text.push_str("\n## Rules\n\n");
    for rule in rules {
        let when = match &rule.when {
            Some(when) => format!("when `{}`", when.replace('\n', " ")),
            None => "always".to_owned(),
        };
        let message = if rule.message.is_empty() {
            String::new()
        } else {
            format!(". {}", escape(&rule.message))
        };
        push!(
            text,
            "- {}: {} {when}{message}\n",
            code(&rule.name),
            rule.effect
        );
    }
}

fn tiers(matrix: &Matrix<'_>, text: &mut String) {
    let policy = matrix.policy;
    if policy.tiers().is_empty() {
        return;
    }
    let names: Vec<_> = policy
        .tiers()
        .iter()
        .map(|tier| escape(&tier.label))
        .collect();
    push!(text, "\n## Tiers\n\nLowest first: {}.\n", names.join(", "));
    if policy.apps().is_empty() {
        return;
    }
    text.push('\n');
    row(text, &["App".to_owned(), "Open from".to_owned()]);
    row(text, &["---".to_owned(), "---".to_owned()]);
    for app in policy.apps() {
        let tier = policy.tiers().get(usize::from(app.tier));
        let tier = tier.map_or_else(String::new, |tier| escape(&tier.label));
        row(text, &[escape(&app.label), tier]);
    }
}

fn row(text: &mut String, cells: &[String]) {
    push!(text, "| {} |\n", cells.join(" | "));
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

/// Keeps a text from ending its cell, or from being read as markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '<' | '[' | '_' => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(c),
        }
    }
    escaped
}
