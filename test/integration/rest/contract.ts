import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Operation = { responses?: Record<string, { content?: Record<string, { schema?: object }> }> };
type Document = { paths: Record<string, Record<string, Operation>> };

/** Checks answers against a description of the API. */
export function createContract(document: unknown) {
  const { paths } = document as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document as object, 'openapi');
  const validators = new Map<string, ValidateFunction>();
  const templates = Object.keys(paths)
    .map((template) => ({ template, pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`) }))
    .sort((a, b) => a.template.split('{').length - b.template.split('{').length);

  const validatorOf = (pointer: readonly string[]): ValidateFunction => {
    const ref = `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
    validators.set(ref, validate);
    return validate;
  };

  return {
    /** @throws where the API's description has no such answer. Unknown paths and methods have none to be checked. */
    check(method: string, pathAndQuery: string, response: Response, body: unknown): void {
      const { pathname } = new URL(pathAndQuery, 'http://localhost');
      const template = templates.find(({ pattern }) => pattern.test(pathname))?.template;
      const verb = method.toLowerCase();
      const operation = template === undefined ? undefined : paths[template]?.[verb];
      if (template === undefined || operation === undefined) return;
      const status = String(response.status);
      const told = `${method} ${template} ${status}`;
      const described = operation.responses?.[status];
      if (described === undefined)
        throw new Error(`${told} is not described; it was answered: ${JSON.stringify(body)}`);
      const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
      if (described.content?.[type]?.schema === undefined) throw new Error(`${told} is not described as ${type}`);
      const validate = validatorOf(['paths', template, verb, 'responses', status, 'content', type, 'schema']);
      if (!validate(body)) {
        throw new Error(`${told} is not as described: ${JSON.stringify(validate.errors)} in ${JSON.stringify(body)}`);
      }
    },
  };
}
