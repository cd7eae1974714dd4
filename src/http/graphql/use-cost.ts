import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Metrics } from '../metrics.ts';
import { costLimit, costOf, refuseCost } from './cost.ts';

/** A request that bears it with this value is told its cost in `extensions.cost`. */
export const costHeader = 'x-graphql-cost';
const reportValue = 'report';

/** Works out what each query and mutation costs before it runs, and does not run what costs too much. */
export function useCost(metrics: Metrics): Plugin {
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const { schema, document, operationName, variableValues } = args as ExecutionArgs;
      const operation = getOperationAST(document, operationName);
      if (operation == null) return;
      const cost = costOf(schema, document, operation, variableValues ?? {});
      metrics.countCost(cost);
      (args.contextValue as { cost?: number }).cost = cost;
      const refusal = refuseCost(cost);
      if (refusal !== null) {
        setResultAndStopExecution({ errors: [refusal] });
        return;
      }
      const { request } = args.contextValue as { request?: Request };
      if (request?.headers.get(costHeader)?.toLowerCase() !== reportValue) return;
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result) return;
          setResult({ ...result, extensions: { ...result.extensions, cost: { requested: cost, limit: costLimit } } });
        },
      };
    },
  };
}
