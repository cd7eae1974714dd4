import type { GraphQLResolveInfo } from 'graphql';

export type Path = GraphQLResolveInfo['path'];
export type Container = Record<string | number, unknown>;

/** Where in the answer a value goes. */
export type Place = {
  /** That of the object or list that it is a part of; null at the root. */
  readonly parent: Place | null;
  readonly container: Container;
  readonly key: string | number;
  readonly typename: string | undefined;
  readonly isNullable: boolean;
  /** Whether null stands there, or further up, for what went wrong below. */
  isNulled: boolean;
  path: Path | undefined;
};

/** Whether null has come to stand there, or further up. */
export function isGone(place: Place): boolean {
  for (let at: Place | null = place; at !== null; at = at.parent) if (at.isNulled) return true;
  return false;
}

export function createPlace(
  parent: Place | null,
  container: Container,
  key: string | number,
  typename: string | undefined,
  isNullable: boolean,
): Place {
  return { parent, container, key, typename, isNullable, isNulled: false, path: undefined };
}

/** Kept at the place: it is the same for all fields of an object. */
export function pathOf(place: Place): Path | undefined {
  if (place.parent === null) return undefined;
  place.path ??= { prev: pathOf(place.parent), key: place.key, typename: place.typename };
  return place.path;
}

/** Puts null for what cannot be null: at the nearest place around it that can. */
export function nullify(place: Place): void {
  place.isNulled = true;
  if (place.isNullable || place.parent === null) place.container[place.key] = null;
  else nullify(place.parent);
}

export function keysTo({ parent, key }: Place): (string | number)[] {
  return parent === null ? [] : [...keysTo(parent), key];
}
