const given = process.env['DATABASE_URL'];
if (given === undefined) throw new Error('DATABASE_URL is not set');
export const databaseUrl: string = given;

/** As the product's. */
export const poolSize = 16;
