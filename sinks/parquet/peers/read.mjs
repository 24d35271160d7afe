// Prints a Parquet file as JSON: the columns with their types, and the rows with every
// value in the canonical text of axisync.
//
// hyparquet makes numbers of decimals, which hold fifteen digits. So a column of
// decimals is read twice: as hyparquet gives it, and as the integers that stand in the
// file; both must say the same, as far as a number can.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const metadata = await parquetMetadataAsync(file)
const elements = parquetSchema(metadata).children.map(child => child.element)

const parsers = {
  dateFromDays: days => days === undefined ? undefined : new Date(days * 86400000).toISOString().slice(0, 10),
  timestampFromMicroseconds: micros => micros === undefined ? undefined : timestamp(micros),
}

function timestamp(micros) {
  const fraction = ((micros % 1000000n) + 1000000n) % 1000000n
  const text = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
  return fraction ? text + '.' + fraction.toString().padStart(6, '0').replace(/0+$/, '') + 'Z' : text + 'Z'
}

function typeOf(e) {
  const logical = e.logical_type ?? {}
  if (e.converted_type === 'DECIMAL' && logical.type === 'DECIMAL' && logical.scale === e.scale && logical.precision === e.precision) return `decimal(${e.precision}, ${e.scale})`
  if (e.type === 'BYTE_ARRAY' && e.converted_type === 'UTF8' && logical.type === 'STRING') return 'utf8'
  if (e.type === 'BOOLEAN') return 'boolean'
  if (e.type === 'INT64' && logical.type === 'INTEGER' && logical.bitWidth === 64 && logical.isSigned) return 'int64'
  if (e.type === 'INT32' && logical.type === 'DATE') return 'date'
  if (e.type === 'INT64' && logical.type === 'TIMESTAMP' && logical.unit === 'MICROS' && logical.isAdjustedToUTC) return 'timestamp[us, UTC]'
  return JSON.stringify(e)
}

const read = () => parquetReadObjects({ file, metadata, compressors, parsers })
const asGiven = await read()
const decimals = elements.filter(e => e.converted_type === 'DECIMAL')
for (const e of decimals) {
  e.converted_type = undefined
  e.logical_type = undefined
}
const asIntegers = decimals.length ? await read() : asGiven

function integer(raw) {
  if (!(raw instanceof Uint8Array)) return BigInt(raw)
  let value = 0n
  for (const byte of raw) value = value * 256n + BigInt(byte)
  return BigInt.asIntN(8 * raw.length, value)
}

function decimal(units, scale) {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return (units < 0n ? '-' : '') + whole + (fraction ? '.' + fraction : '')
}

function cell(row, e) {
  const value = asGiven[row][e.name]
  if (value === undefined || value === null) return null
  if (!decimals.includes(e)) return String(value)
  const exact = decimal(integer(asIntegers[row][e.name]), e.scale)
  const error = Math.abs(Number(exact) - value)
  if (typeof value !== 'number' || error > Math.abs(value) * 1e-15) throw new Error(`${e.name}: hyparquet gives ${value} for ${exact}`)
  return exact
}

// The types are taken from a second look at the footer: those above are changed.
const columns = parquetSchema(await parquetMetadataAsync(file)).children.map(child => child.element)
process.stdout.write(JSON.stringify({
  names: columns.map(e => e.name),
  types: columns.map(typeOf),
  nullable: columns.map(e => e.repetition_type === 'OPTIONAL'),
  rows: asGiven.map((_, row) => elements.map(e => cell(row, e))),
}))
