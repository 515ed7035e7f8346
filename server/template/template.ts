import { parseNotificationTemplate } from './notification-template.ts';
import { parseRuleTemplate } from './rule-template.ts';

/** Throws AppError `template.parse` when `text` is no template of a rule file; `details.line` is the line in the text. */
export function checkTemplate(text: string): void {
  parseRuleTemplate('rule', text);
}

/** Throws AppError `template.parse` when `text` is no template of alertmanager.yml or its template files; `details.line` as above. */
export function checkNotificationTemplate(text: string): void {
  parseNotificationTemplate('', text);
}
